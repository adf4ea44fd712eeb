//! How every history begins: people without a phone, a minor, a team, merchants, kin, proxies, budget lines and first grants.
//!
//! Played once for each kind of city and then copied; [`FirstDays`] drafts them for whoever plays them otherwise.

use std::sync::LazyLock;

use ledger_core::amount::Minutes;
use ledger_core::hash::{Domain, hash};
use ledger_core::id::{
    AccountId, BudgetId, ItemCode, OrganisationId, ProgrammeCode, StaffId, TransactionId,
};
use ledger_core::record::account::Item;
use ledger_core::record::budget::{BudgetPurpose, PoolId, PoolKind};
use ledger_core::record::kin::Relation;
use ledger_core::record::proxy::{ProxyHolder, ProxyScope};
use ledger_core::time::{Calendar, Day, HOUR_MS};
use ledger_core::transaction::Signer;
use ledger_core::transaction::account::{
    AppointProxy, LinkKin, OpenAccount, OpenGroup, SetKinAllowance, SetMembers, SetProgrammes,
};
use ledger_core::transaction::government::{FundPool, OpenBudget};
use ledger_core::transaction::value::{Grant, Grantees, RegisterMerchant, SetItems};

use super::founding::{CITY, DISTRICTS, KEY_RING, KEYS, KINDS, STREETS, person};
use super::generate::{Draft, Generator};
use super::play::{Pair, Step};

static FOUNDED: LazyLock<Vec<Prologue>> =
    LazyLock::new(|| (0..KINDS).map(Prologue::play).collect());

/// The city of this kind after its first days.
pub fn founded(kind: u64) -> &'static Pair {
    let index = usize::try_from(kind).expect("few kinds");
    &FOUNDED[index].pair
}

/// The blocks of the first days.
pub fn history(kind: u64) -> &'static [Step] {
    let index = usize::try_from(kind).expect("few kinds");
    &FOUNDED[index].history
}

/// What the accounts opened in the first days are called.
pub fn names(kind: u64) -> &'static [(AccountId, &'static str)] {
    let index = usize::try_from(kind).expect("few kinds");
    &FOUNDED[index].names
}

struct Prologue {
    pair: Pair,
    names: Vec<(AccountId, &'static str)>,
    history: Vec<Step>,
}

impl Prologue {
    fn play(kind: u64) -> Prologue {
        let mut pair = Pair::found(kind);
        let mut generator = Generator::new(kind, pair.ledger.tip().chain_id);
        let mut days = FirstDays::default();
        let mut history = Vec::new();
        for group in 0..FirstDays::GROUPS {
            let today = Calendar::CHINA.day(pair.ledger.tip().time_ms);
            let drafts = days.drafts(group, today);
            let step = block(&mut pair, &mut generator, drafts);
            let ids = step.candidates.iter().map(|it| it.sealed.id());
            days.note(group, ids.collect());
            history.push(step);
        }
        Prologue {
            pair,
            names: days.names,
            history,
        }
    }
}

/// A block a day later, in which everything applies.
fn block(pair: &mut Pair, generator: &mut Generator, drafts: Vec<Draft>) -> Step {
    let time_ms = pair.ledger.tip().time_ms.plus_ms(25 * HOUR_MS);
    let candidates: Vec<_> = drafts
        .into_iter()
        .map(|draft| generator.plain(&pair.ledger.books, time_ms, draft))
        .collect();
    let step = Step {
        time_ms,
        candidates,
    };
    let answers = pair.block(&step);
    let answers = answers.unwrap_or_else(|it| panic!("the first days are not alike: {it:?}"));
    for (candidate, answer) in step.candidates.iter().zip(answers) {
        let asked = &candidate.sealed.transaction().operation;
        assert_eq!(answer, None, "{asked:?}");
    }
    step
}

const fn staff(organisation: OrganisationId, number: u32) -> Signer {
    Signer::Staff(StaffId {
        organisation,
        number,
    })
}

/// What happens in the first days, in groups: everything in a group applies once everything before it has, a day after it.
#[derive(Clone, Debug, Default)]
pub struct FirstDays {
    names: Vec<(AccountId, &'static str)>,
    lines: Vec<BudgetId>,
}

impl FirstDays {
    /// How many groups there are.
    pub const GROUPS: usize = 4;

    /// The transactions of a group, drafted on `today`.
    pub fn drafts(&self, group: usize, today: Day) -> Vec<Draft> {
        match group {
            0 => openings(),
            1 => self.arrangements(today),
            2 => lines(today),
            _ => self.first_minutes(today),
        }
    }

    /// What the transactions of a group are called: what they open is named after them.
    pub fn note(&mut self, group: usize, ids: Vec<TransactionId>) {
        match group {
            0 => {
                let names = ["keyless", "minor", "team", "merchant 1", "merchant 2"];
                self.names = ids.into_iter().map(AccountId::derive).zip(names).collect();
            }
            2 => self.lines = ids.into_iter().map(BudgetId::derive).collect(),
            _ => {}
        }
    }

    fn named(&self, name: &str) -> AccountId {
        let found = self.names.iter().find(|(_, known)| *known == name);
        found.expect("it was opened on the first day").0
    }

    fn arrangements(&self, today: Day) -> Vec<Draft> {
        let (keyless, team) = (self.named("keyless"), self.named("team"));
        let street = STREETS[0];
        let mut drafts = vec![
            Draft::new(
                SetMembers {
                    group: team,
                    add: sorted(vec![person(1), person(2), person(3)]),
                    remove: Vec::new(),
                },
                vec![Signer::Account(team), staff(street, 1)],
            ),
            Draft::new(
                AppointProxy {
                    principal: keyless,
                    proxy: ProxyHolder::Clerk(StaffId {
                        organisation: street,
                        number: 2,
                    }),
                    scope: ProxyScope::OrdersAndRedemption,
                    minutes_per_month: Minutes(180),
                    last_day: today.plus_days(400),
                },
                vec![staff(street, 1), staff(street, 3)],
            ),
        ];
        for (merchant, treasurer) in [
            ("merchant 1", staff(street, 2)),
            ("merchant 2", staff(DISTRICTS[1], 1)),
        ] {
            let merchant = self.named(merchant);
            let item = |code, minutes| Item {
                code: ItemCode(code),
                minutes: Minutes(minutes),
            };
            drafts.push(Draft::new(
                SetItems {
                    merchant,
                    items: vec![item(1, 30), item(2, 60), item(3, 120)],
                },
                vec![Signer::Account(merchant), treasurer],
            ));
        }
        for (one, other) in [(0, 1), (1, 2), (0, 29), (4, 5)] {
            drafts.push(Draft::new(
                LinkKin {
                    account: person(one),
                    kin: person(other),
                    relation: Relation::Sibling,
                },
                vec![
                    Signer::Account(person(one)),
                    Signer::Account(person(other)),
                    staff(CITY, 3),
                ],
            ));
        }
        for number in 0..6 {
            let street = STREETS[number % STREETS.len()];
            drafts.push(programme(person(number), street, 1 + number / 4));
        }
        drafts.push(programme(keyless, street, 1));
        drafts
    }

    fn first_minutes(&self, today: Day) -> Vec<Draft> {
        let keyless = self.named("keyless");
        let treasurers = vec![staff(CITY, 3), staff(CITY, 4)];
        let other_treasurers = vec![staff(CITY, 4), staff(CITY, 3)];
        let district = DISTRICTS[0];
        let fund = |organisation, kind, minutes| FundPool {
            budget: self.lines[2],
            pool: PoolId { organisation, kind },
            minutes: Minutes(minutes),
        };
        let expiry = Some(today.plus_days(12));
        let grant = |code, accounts, minutes, expiry| Grant {
            budget: self.lines[3],
            grantees: Grantees {
                programme: ProgrammeCode(code),
                accounts: sorted(accounts),
                minutes: Minutes(minutes),
                expiry,
            },
        };
        vec![
            Draft::new(fund(CITY, PoolKind::Donation, 100), treasurers.clone()),
            Draft::new(fund(district, PoolKind::Reserve, 45), treasurers.clone()),
            Draft::new(fund(district, PoolKind::Grant, 150), treasurers),
            Draft::new(
                grant(1, (0..4).map(person).chain([keyless]).collect(), 180, None),
                other_treasurers.clone(),
            ),
            Draft::new(
                grant(2, vec![person(4), person(5)], 120, expiry),
                other_treasurers,
            ),
            Draft::new(
                SetKinAllowance {
                    payer: person(0),
                    kin: person(1),
                    minutes_per_month: Minutes(120),
                    last_day: today.plus_days(90),
                },
                vec![Signer::Account(person(0))],
            ),
            Draft::new(
                LinkKin {
                    account: keyless,
                    kin: person(1),
                    relation: Relation::Child,
                },
                vec![
                    staff(STREETS[0], 2),
                    Signer::Account(person(1)),
                    staff(STREETS[0], 1),
                ],
            ),
        ]
    }
}

fn openings() -> Vec<Draft> {
    let street = STREETS[0];
    let (registrar, social) = (staff(street, 1), staff(street, 2));
    let spare = |number: usize| KEY_RING[KEYS - 10 + number];
    let open = |name: &[u8], key, legal_guardian| OpenAccount {
        home: street,
        key,
        identity: hash(Domain::Identity, &[name]),
        legal_guardian,
    };
    let registry = staff(CITY, 5);
    vec![
        Draft::new(
            open(b"keyless", None, None),
            vec![registrar, registry, social],
        ),
        Draft::new(
            open(b"minor", Some(spare(0)), Some(person(0))),
            vec![
                registrar,
                registry,
                Signer::Key(spare(0)),
                Signer::Account(person(0)),
            ],
        ),
        Draft::new(
            OpenGroup {
                home: street,
                key: spare(1),
            },
            vec![registrar, social, Signer::Key(spare(1))],
        ),
        Draft::new(
            RegisterMerchant {
                home: street,
                key: spare(2),
            },
            vec![social, staff(DISTRICTS[0], 1), Signer::Key(spare(2))],
        ),
        Draft::new(
            RegisterMerchant {
                home: STREETS[2],
                key: spare(3),
            },
            vec![
                staff(DISTRICTS[1], 1),
                staff(DISTRICTS[1], 2),
                Signer::Key(spare(3)),
            ],
        ),
    ]
}

fn programme(account: AccountId, home: OrganisationId, code: usize) -> Draft {
    let code = u16::try_from(code).expect("few programmes");
    Draft::new(
        SetProgrammes {
            account,
            programmes: vec![ProgrammeCode(code)],
        },
        vec![staff(home, 1), staff(home, 2)],
    )
}

fn lines(today: Day) -> Vec<Draft> {
    let line = |scope, purpose, minutes| OpenBudget {
        scope,
        purpose,
        minutes: Minutes(minutes),
        last_day: today.plus_days(60),
    };
    let treasurers = vec![staff(CITY, 3), staff(CITY, 4)];
    let other_treasurers = vec![staff(CITY, 4), staff(CITY, 3)];
    let district = DISTRICTS[0];
    vec![
        Draft::new(
            line(district, BudgetPurpose::Service, 400),
            treasurers.clone(),
        ),
        Draft::new(line(CITY, BudgetPurpose::Service, 300), treasurers.clone()),
        Draft::new(line(CITY, BudgetPurpose::Fund, 900), treasurers),
        Draft::new(
            line(CITY, BudgetPurpose::Grant, 1_500),
            other_treasurers.clone(),
        ),
        Draft::new(
            line(CITY, BudgetPurpose::Training, 300),
            other_treasurers.clone(),
        ),
        Draft::new(
            line(district, BudgetPurpose::Campaign, 200),
            other_treasurers,
        ),
    ]
}

fn sorted(mut accounts: Vec<AccountId>) -> Vec<AccountId> {
    accounts.sort();
    accounts
}
