//! A desk in an office: a folder of one's own with key files and a configuration, and the command.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use ledger_core::transaction::Signer;
use timebank::{Environment, Question, exit, run_in};
use timebank_wallet::client::{Request, Response, Transport, TransportError};
use timebank_wallet::key;
use timebank_wallet::wallet::AnyTransport;

use timebank_wallet::trial::{self, TrialCity, account, staff};

/// A folder that is gone after the test, and a city.
pub(crate) struct Desk {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) city: TrialCity,
    pub(crate) language: &'static str,
    /// How far the desk's clock is ahead of the last block.
    pub(crate) late_ms: u64,
    /// What the node `http://liar` makes of the city's answers.
    pub(crate) lie: Arc<Lie>,
    /// What a file named `-` holds.
    pub(crate) input: Vec<u8>,
    /// Who sits at the terminal; nobody at first.
    pub(crate) person: Rc<RefCell<Person>>,
    /// What was shown at the terminal.
    pub(crate) shown: Rc<RefCell<String>>,
    /// What was said on the way, on standard error.
    pub(crate) said: Rc<RefCell<String>>,
}

/// Answers what is asked at the terminal, given what was shown and asked; goes away without an answer.
pub(crate) type Person = Box<dyn FnMut(&Question<'_>) -> Option<String>>;

/// Changes an answer on its way: gets the request's path and the answer's JSON.
pub(crate) type Lie = dyn Fn(&str, &mut serde_json::Value) + Send + Sync;

/// A node of the city by the name it was asked under; `http://liar` alters its answers.
struct Named {
    name: String,
    city: TrialCity,
    lie: Option<Arc<Lie>>,
}

impl Transport for Named {
    fn request(&self, request: &Request) -> Result<Response, TransportError> {
        if self.name.ends_with("away") {
            return Err(TransportError {
                node: self.name.clone(),
                reason: "nobody there".to_owned(),
            });
        }
        let mut response = self.city.request(request)?;
        response.node.clone_from(&self.name);
        if let Some(lie) = &self.lie
            && let Ok(mut answer) = serde_json::from_slice(&response.body)
        {
            lie(&request.path, &mut answer);
            response.body = serde_json::to_vec(&answer).unwrap();
        }
        Ok(response)
    }
}

fn connect(node: &str, city: &TrialCity, lie: &Arc<Lie>) -> AnyTransport {
    Box::new(Named {
        name: node.to_owned(),
        city: city.clone(),
        lie: node.ends_with("liar").then(|| Arc::clone(lie)),
    })
}

/// What a command printed and its exit code.
#[derive(Debug)]
pub(crate) struct Printed {
    pub(crate) code: u8,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Printed {
    /// The result as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.code, exit::OK, "{}", self.err);
        serde_json::from_str(&self.out).unwrap()
    }
}

/// Everybody who has a key in the city.
const PEOPLE: [&str; 14] = [
    "admin",
    "registry",
    "treasurer1",
    "treasurer2",
    "registrar",
    "social",
    "clerk",
    "arbiter",
    "city_arbiter",
    "auditor",
    "other_registrar",
    "chen",
    "mother",
    "li",
];

impl Desk {
    /// With everybody's key file, the genesis document, and a configuration whose default profile is Chen's.
    pub(crate) fn new() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        for name in PEOPLE {
            let path = folder.path().join(format!("{name}.key"));
            key::save(&trial::key(name), &path).unwrap();
        }
        let genesis = serde_json::to_string(&trial::genesis()).unwrap();
        std::fs::write(folder.path().join("genesis.json"), genesis).unwrap();
        let configuration = format!(
            "default = \"chen\"\n[profile.chen]\nnodes = [\"http://trial\"]\ngenesis = \"../genesis.json\"\n\
             key = \"../chen.key\"\nsigner = \"{}\"\n[profile.nobody]\nnodes = [\"http://trial\"]\n\
             [profile.wang]\nnodes = [\"http://trial\"]\ngenesis = \"../genesis.json\"\n",
            account("chen")
        );
        std::fs::create_dir(folder.path().join("timebank")).unwrap();
        std::fs::write(folder.path().join("timebank/config.toml"), configuration).unwrap();
        Desk {
            folder,
            city: TrialCity::new(),
            language: "en",
            late_ms: 0,
            lie: Arc::new(|_, _| {}),
            input: Vec::new(),
            person: Rc::new(RefCell::new(Box::new(|_| None))),
            shown: Rc::default(),
            said: Rc::default(),
        }
    }

    /// Lets someone sit down at the terminal.
    pub(crate) fn seat(&self, person: impl FnMut(&Question<'_>) -> Option<String> + 'static) {
        *self.person.borrow_mut() = Box::new(person);
    }

    /// Lets someone sit down who gives these answers, one after another, and leaves.
    pub(crate) fn answers(&self, answers: &[&str]) {
        let mut left: std::collections::VecDeque<String> =
            answers.iter().map(|answer| (*answer).to_owned()).collect();
        self.seat(move |_| left.pop_front());
    }

    /// What was shown at the terminal since this was asked last.
    pub(crate) fn shown(&self) -> String {
        self.shown.take()
    }

    /// What was said on the way since this was asked last.
    pub(crate) fn notices(&self) -> String {
        self.said.take()
    }

    /// The file `name` on this desk.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command line. `@name` stands for the account of someone, `%name` for `--sign-as` their account's or staff
    /// entry's signature, `~name` for a file on this desk.
    pub(crate) fn run(&self, line: &str) -> Printed {
        let mut arguments = vec![OsString::from("timebank")];
        for (index, part) in line.split('"').enumerate() {
            match index % 2 {
                0 => arguments.extend(part.split_whitespace().flat_map(|word| self.words(word))),
                _ => arguments.push(part.into()),
            }
        }
        let city = self.city.clone();
        let lie = Arc::clone(&self.lie);
        let folder = |name: &str| self.path(name).display().to_string();
        let (person, shown) = (Rc::clone(&self.person), Rc::clone(&self.shown));
        let (input, said) = (self.input.clone(), Rc::clone(&self.said));
        let environment = Environment {
            variables: BTreeMap::from([
                ("LANG".to_owned(), self.language.to_owned()),
                ("XDG_CONFIG_HOME".to_owned(), folder("")),
                ("XDG_DATA_HOME".to_owned(), folder("data")),
                ("XDG_STATE_HOME".to_owned(), folder("state")),
            ]),
            now_ms: self.city.time_ms().0 + self.late_ms,
            connect: Box::new(move |node| connect(node, &city, &lie)),
            ask: Box::new(move |question| {
                shown.borrow_mut().push_str(question.shown);
                shown.borrow_mut().push_str(question.prompt);
                let answer = (person.borrow_mut())(question);
                let answer = answer.ok_or(std::io::ErrorKind::NotConnected)?;
                Ok(answer.into())
            }),
            password_cost: timebank_wallet::keystore::Cost::LEAST,
            notice: Box::new(move |text| said.borrow_mut().push_str(text)),
            watched: false,
            interruption: Box::new(Arc::default),
            input: Box::new(move || Box::new(std::io::Cursor::new(input.clone()))),
        };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = run_in(arguments, &environment, &mut out, &mut err);
        Printed {
            code,
            out: String::from_utf8(out).unwrap(),
            err: String::from_utf8(err).unwrap(),
        }
    }

    /// Runs a command line that must succeed, with JSON; the result.
    pub(crate) fn json(&self, line: &str) -> serde_json::Value {
        self.run(&format!("{line} -o json")).json()
    }

    fn words(&self, word: &str) -> Vec<OsString> {
        if let Some(name) = word.strip_prefix('%') {
            let signer = match name {
                "chen" | "mother" | "li" => Signer::Account(account(name)),
                _ => Signer::Staff(staff(name)),
            };
            let file = self.path(&format!("{name}.key"));
            let sign_as = format!("{signer}={}", file.display());
            return vec!["--sign-as".into(), sign_as.into()];
        }
        if let Some(name) = word.strip_prefix('@') {
            return vec![account(name).to_string().into()];
        }
        if let Some(name) = word.strip_prefix('~') {
            return vec![self.path(name).into()];
        }
        if let Some((before, name)) = word.split_once("=~") {
            return vec![format!("{before}={}", self.path(name).display()).into()];
        }
        vec![word.into()]
    }
}

/// A budget line that pays services, opened by two treasurers; its id.
pub(crate) fn open_budget(desk: &Desk) -> String {
    let opened = desk.json(
        "budget open 320102 --purpose service --minutes 6000 --last-day 2027-12-31 %treasurer1 %treasurer2",
    );
    opened["created"]["budget"].as_str().unwrap().to_owned()
}

/// Links Chen and the mother as kin.
pub(crate) fn link_kin(desk: &Desk) {
    desk.json("kin link @mother parent %chen %mother %registrar");
}
