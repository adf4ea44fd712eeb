//! A city, an office's disk, and a hand that pulls the plug at any step of either.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use ledger_core::amount::Minutes;
use ledger_core::id::{AccountId, BudgetId, ProgrammeCode};
use ledger_core::record::budget::BudgetPurpose;
use ledger_core::signature::SecretKey;
use ledger_core::time::{Calendar, DAY_MS};
use ledger_core::transaction::account::SetProgrammes;
use ledger_core::transaction::government::OpenBudget;
use ledger_core::transaction::{Operation, Signer};
use timebank_wallet::client::{Method, Request, Response, Transport, TransportError};
use timebank_wallet::records::Roster;
use timebank_wallet::trial::{self, CITY, TrialCity, account, staff};
use timebank_wallet::{Client, Error};

use crate::import::files::{Files, Lock};
use crate::import::{
    Basis, Desk, Ground, ImportError, Kind, Mode, Places, Replayed, Report, VALIDITY_MS_DEFAULT,
    line, result, run,
};

/// What the plug leaves of the step at which it is pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    Nothing,
    Half,
    /// All of it, and nobody hears that it was done.
    All,
}

/// Counts the steps of an import and pulls the plug at one of them.
#[derive(Debug)]
pub(super) struct Plug {
    steps: Cell<usize>,
    pulled_at: usize,
    left: Left,
    log: RefCell<Vec<String>>,
}

/// What a step may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Power {
    On,
    Dies(Left),
    Off,
}

impl Plug {
    pub(super) fn pulled_at(step: usize, left: Left) -> Rc<Plug> {
        Rc::new(Plug {
            steps: Cell::new(0),
            pulled_at: step,
            left,
            log: RefCell::default(),
        })
    }

    pub(super) fn never() -> Rc<Plug> {
        Plug::pulled_at(usize::MAX, Left::All)
    }

    /// The steps that were taken.
    pub(super) fn log(&self) -> Vec<String> {
        self.log.borrow().clone()
    }

    fn step(&self, what: &str) -> Power {
        let step = self.steps.get();
        self.steps.set(step + 1);
        match step.cmp(&self.pulled_at) {
            std::cmp::Ordering::Less => {
                self.log.borrow_mut().push(what.to_owned());
                Power::On
            }
            std::cmp::Ordering::Equal => Power::Dies(self.left),
            std::cmp::Ordering::Greater => Power::Off,
        }
    }

    fn is_off(&self) -> bool {
        self.steps.get() > self.pulled_at
    }
}

/// A disk in memory that outlives the process using it.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk(Rc<RefCell<BTreeMap<PathBuf, Vec<u8>>>>);

impl Disk {
    pub(super) fn bytes(&self, name: &str) -> Vec<u8> {
        let files = self.0.borrow();
        files.get(Path::new(name)).cloned().unwrap_or_default()
    }

    pub(super) fn put(&self, name: &str, bytes: Vec<u8>) {
        self.0.borrow_mut().insert(name.into(), bytes);
    }

    pub(super) fn names(&self) -> Vec<String> {
        let files = self.0.borrow();
        files
            .keys()
            .map(|path| path.display().to_string())
            .collect()
    }
}

/// The disk while the power may fail.
pub(super) struct Wired {
    pub(super) disk: Disk,
    pub(super) plug: Rc<Plug>,
}

fn dead() -> io::Error {
    io::Error::other("no power")
}

impl Files for Wired {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        match self.plug.is_off() {
            true => Err(dead()),
            false => Ok(self.disk.0.borrow().get(path).cloned()),
        }
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let power = self.plug.step(&format!("append {}", path.display()));
        let part = match power {
            Power::On | Power::Dies(Left::All) => bytes,
            Power::Dies(Left::Half) => &bytes[..bytes.len() / 2],
            Power::Dies(Left::Nothing) | Power::Off => &[],
        };
        let mut files = self.disk.0.borrow_mut();
        files.entry(path.to_owned()).or_default().extend(part);
        if power == Power::On {
            Ok(())
        } else {
            Err(dead())
        }
    }

    fn truncate(&self, path: &Path, length: u64) -> io::Result<()> {
        let power = self.plug.step(&format!("truncate {}", path.display()));
        let mut files = self.disk.0.borrow_mut();
        if matches!(power, Power::On | Power::Dies(Left::All)) {
            let length = usize::try_from(length).unwrap();
            files.get_mut(path).unwrap().truncate(length);
        }
        if power == Power::On {
            Ok(())
        } else {
            Err(dead())
        }
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let power = self.plug.step(&format!("replace {}", path.display()));
        if matches!(power, Power::On | Power::Dies(Left::All)) {
            let mut files = self.disk.0.borrow_mut();
            files.insert(path.to_owned(), bytes.to_vec());
        }
        if power == Power::On {
            Ok(())
        } else {
            Err(dead())
        }
    }

    fn list(&self, folder: &Path, ending: &str, _: usize) -> io::Result<Vec<PathBuf>> {
        let files = self.disk.0.borrow();
        let inside = files.keys().filter(|path| {
            path.parent() == Some(folder) && path.display().to_string().ends_with(ending)
        });
        Ok(inside.cloned().collect())
    }

    fn lock(&self, _: &Path) -> io::Result<Lock> {
        Ok(Lock::nobody_else())
    }
}

/// The way to the city while the power may fail: half of a request that submits arrives as all of it.
pub(super) struct Line {
    pub(super) city: TrialCity,
    pub(super) plug: Rc<Plug>,
}

impl Transport for Line {
    fn request(&self, request: &Request) -> Result<Response, TransportError> {
        let power = match request.method {
            Method::Post => self.plug.step("submit"),
            Method::Get if self.plug.is_off() => Power::Off,
            Method::Get => Power::On,
        };
        let gone = || TransportError {
            node: "trial".to_owned(),
            reason: "no power".to_owned(),
        };
        match power {
            Power::On => self.city.request(request),
            Power::Dies(Left::Half | Left::All) => {
                self.city.request(request)?;
                Err(gone())
            }
            Power::Dies(Left::Nothing) | Power::Off => Err(gone()),
        }
    }
}

/// An office with its disk and the keys of everybody but those whose names are left out.
pub(super) struct Office {
    pub(super) city: TrialCity,
    pub(super) disk: Disk,
    pub(super) budget: BudgetId,
    pub(super) away: Vec<&'static str>,
    pub(super) booked: bool,
    pub(super) valid_for_ms: u64,
    opened: Rc<RefCell<Vec<SecretKey>>>,
}

pub(super) const PEOPLE: [&str; 3] = ["chen", "mother", "li"];
const STAFF: [&str; 8] = [
    "registry",
    "treasurer1",
    "treasurer2",
    "registrar",
    "social",
    "clerk",
    "other_registrar",
    "admin",
];

impl Office {
    /// With a budget line for `purpose` that holds `minutes`.
    pub(super) fn new(purpose: BudgetPurpose, minutes: u64) -> Office {
        let city = TrialCity::new();
        let signers = ["treasurer1", "treasurer2"].map(|name| (Signer::Staff(staff(name)), name));
        let last_day = Calendar::CHINA.day(city.time_ms().plus_ms(200 * DAY_MS));
        let open = OpenBudget {
            scope: CITY,
            purpose,
            minutes: Minutes(minutes),
            last_day,
        };
        let budget = BudgetId::derive(city.perform(open, &signers));
        Office {
            city,
            disk: Disk::default(),
            budget,
            away: Vec::new(),
            booked: true,
            valid_for_ms: VALIDITY_MS_DEFAULT,
            opened: Rc::default(),
        }
    }

    /// Puts people into programme `P07`.
    pub(super) fn enrol(&self, people: &[&str]) {
        for name in people {
            let operation = SetProgrammes {
                account: account(name),
                programmes: vec!["P07".parse::<ProgrammeCode>().unwrap()],
            };
            let signers = ["registrar", "social"].map(|name| (Signer::Staff(staff(name)), name));
            self.city.perform(operation, &signers);
        }
    }

    /// A new key, which this office holds.
    pub(super) fn new_phone(&self, name: &str) -> SecretKey {
        let key = trial::key(name);
        self.opened.borrow_mut().push(key.clone());
        key
    }

    fn key(&self, signer: Signer) -> Option<SecretKey> {
        let people = PEOPLE
            .iter()
            .map(|name| (*name, Signer::Account(account(name))));
        let offices = STAFF.iter().map(|name| (*name, Signer::Staff(staff(name))));
        let mut all = people.chain(offices);
        let named = all.find(|(name, of)| *of == signer && !self.away.contains(name));
        let opened = self.opened.borrow();
        named.map(|(name, _)| trial::key(name)).or_else(|| {
            let mut keys = opened.iter();
            keys.find(|key| Signer::Key(key.public_key()) == signer)
                .cloned()
        })
    }

    /// Imports `text`; with the result file, as the command does.
    pub(super) fn import(
        &self,
        kind: Kind,
        text: &str,
        mode: Mode,
        plug: &Rc<Plug>,
    ) -> Result<Report, ImportError> {
        let mut roster = Roster::default();
        for name in PEOPLE {
            roster.add(name.to_owned(), account(name));
        }
        let ground = Ground {
            roster: &roster,
            calendar: Calendar::CHINA,
            budget: Some(self.budget),
        };
        let lines = line::read(kind, &ground, text.as_bytes()).unwrap();
        let files = Wired {
            disk: self.disk.clone(),
            plug: Rc::clone(plug),
        };
        let client = Client::without_trust(Line {
            city: self.city.clone(),
            plug: Rc::clone(plug),
        });
        let keys = |signer| Ok::<_, Error>(self.key(signer));
        let now_ms = self.city.time_ms().plus_ms(1_000);
        let desk = Desk {
            client: &client,
            files: &files,
            places: Places {
                journal: "journal".into(),
                vault: "salts.csv".into(),
                documents: Some("out".into()),
            },
            keys: &keys,
            stand_in: None,
            chain_id: trial::genesis().chain_id(),
            now_ms,
            valid_until_ms: now_ms.plus_ms(self.valid_for_ms),
            wait_ms: 1_000,
            made_at_once: 2,
            submitted_at_once: 2,
            pause: &|_| {},
            progress: &|_| std::ops::ControlFlow::Continue(()),
        };
        let mut basis = Replayed::begin(&trial::genesis(), &client).unwrap();
        let basis = self.booked.then_some(&mut basis as &mut dyn Basis);
        let report = run(kind, lines, mode, basis, &desk)?;
        if mode == Mode::CarryOut {
            result::write(&files, Path::new("result.csv"), &report)?;
        }
        Ok(report)
    }

    /// Imports with the power on.
    pub(super) fn imported(&self, kind: Kind, text: &str) -> Report {
        self.import(kind, text, Mode::CarryOut, &Plug::never())
            .unwrap()
    }

    /// The operations of this kind in the blocks, in their order.
    pub(super) fn on_ledger(&self, kind: Kind) -> Vec<Operation> {
        let client = Client::without_trust(self.city.clone());
        let mut found = Vec::new();
        let mut after = ledger_core::id::Height::GENESIS;
        loop {
            let part = client.archive_unverified(after).unwrap();
            let Some((last, _)) = part.last() else {
                return found;
            };
            after = last.header.height;
            let all = part.iter().flat_map(|(block, _)| &block.transactions);
            let operations = all.map(|sealed| sealed.transaction().operation.clone());
            found.extend(operations.filter(|operation| is_of(kind, operation)));
        }
    }
}

fn is_of(kind: Kind, operation: &Operation) -> bool {
    matches!(
        (kind, operation),
        (Kind::Accounts, Operation::OpenAccount(_))
            | (Kind::Services, Operation::RecordService(_))
            | (Kind::Training, Operation::RecordTraining(_))
            | (Kind::Campaigns, Operation::RecordCampaign(_))
            | (Kind::Grants, Operation::Grant(_))
    )
}

/// The lines of a report, each with its state and code.
pub(super) fn states(report: &Report) -> Vec<(u64, &'static str, String)> {
    let lines = report.lines.iter();
    lines
        .map(|line| {
            let code = line.outcome.code().to_owned();
            (line.line, line.outcome.state().word(), code)
        })
        .collect()
}

/// Whose account a made-up name has.
pub(super) fn of(name: &str) -> AccountId {
    account(name)
}
