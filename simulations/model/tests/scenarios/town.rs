//! A city of three districts with its staff, and short ways to say what happens in it.

use timebank_model::Model;
use timebank_model::genesis::{
    ChainPurpose, Genesis, GenesisAccount, GenesisOrganisation, Level, Role, StaffEntry,
};
use timebank_model::id::{
    AccountId, BudgetId, Commitment, Key, OrderId, OrganisationId, PoolId, PoolKind, ProgrammeCode,
    ServiceCode, Signer, StaffId, TransactionId,
};
use timebank_model::operation::Operation;
use timebank_model::operation::account::{LinkKin, OpenAccount, Relation, SetProgrammes};
use timebank_model::operation::government::{OpenBudget, Purpose, SetPolicy};
use timebank_model::operation::service::{Payer, RecordService, Verdict, VerifyOrder};
use timebank_model::operation::value::Grant;
use timebank_model::policy::{CatalogueEntry, Parameter, Value};
use timebank_model::refusal::Refusal;
use timebank_model::request::Request;
use timebank_model::time::{Calendar, DAY_MS, HOUR_MS, MINUTE_MS, Milliseconds, Minutes};
use timebank_model::view::AccountView;

/// The city.
pub(crate) const CITY: OrganisationId = OrganisationId(1);
/// 鼓楼.
pub(crate) const GULOU: OrganisationId = OrganisationId(10);
/// 江北.
pub(crate) const JIANGBEI: OrganisationId = OrganisationId(20);
/// 玄武.
pub(crate) const XUANWU: OrganisationId = OrganisationId(30);
/// Companionship.
pub(crate) const COMPANY: ServiceCode = ServiceCode(1);
/// The programme of elders.
pub(crate) const ELDERS: ProgrammeCode = ProgrammeCode(7);

/// Numbers of staff entries, the same in every organisation that has the role.
pub(crate) mod staff {
    pub(crate) const ADMINISTRATOR: u32 = 1;
    pub(crate) const REGISTRAR: u32 = 2;
    pub(crate) const SOCIAL_WORKER: u32 = 3;
    pub(crate) const SECOND_SOCIAL_WORKER: u32 = 4;
    pub(crate) const TREASURER: u32 = 5;
    pub(crate) const SECOND_TREASURER: u32 = 6;
    pub(crate) const ARBITER: u32 = 7;
    pub(crate) const AUDITOR: u32 = 8;
    pub(crate) const REGISTRY: u32 = 9;
    pub(crate) const CLERK: u32 = 10;
}

/// The model of the city, and what makes its ids.
pub(crate) struct Town {
    /// The model.
    pub(crate) model: Model,
    made: u64,
}

/// The street of a district.
pub(crate) fn street(district: OrganisationId) -> OrganisationId {
    OrganisationId(district.0 * 10 + 1)
}

/// One of the service points of a district's street.
pub(crate) fn point(district: OrganisationId, number: u64) -> OrganisationId {
    OrganisationId(street(district).0 * 10 + number)
}

/// A member of staff.
pub(crate) fn of(organisation: OrganisationId, number: u32) -> Signer {
    Signer::Staff(StaffId {
        organisation,
        number,
    })
}

/// A pool.
pub(crate) fn pool(organisation: OrganisationId, kind: PoolKind) -> PoolId {
    PoolId { organisation, kind }
}

fn bytes<const N: usize>(number: u64) -> [u8; N] {
    let mut bytes = [0; N];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    bytes
}

/// 2 March 2026, 09:00.
fn person_seed(organisation: OrganisationId, number: u32) -> u64 {
    1_000_000_000 + organisation.0 * 100 + u64::from(number)
}

/// Who signs as `of` the same.
pub(crate) fn person(organisation: OrganisationId, number: u32) -> AccountId {
    AccountId(bytes(person_seed(organisation, number)))
}

fn beginning() -> Milliseconds {
    Calendar::CHINA.start_of(20_514) + 9 * HOUR_MS
}

fn organisations() -> Vec<GenesisOrganisation> {
    let entry = |organisation, parent, level| GenesisOrganisation {
        organisation,
        parent,
        level,
        threshold: u8::from(matches!(level, Level::City | Level::District)),
    };
    let mut all = vec![entry(CITY, None, Level::City)];
    for district in [GULOU, JIANGBEI, XUANWU] {
        all.push(entry(district, Some(CITY), Level::District));
        all.push(entry(street(district), Some(district), Level::Street));
        for number in [1, 2] {
            let organisation = point(district, number);
            all.push(entry(
                organisation,
                Some(street(district)),
                Level::ServicePoint,
            ));
        }
    }
    all
}

fn roles(level: Level) -> Vec<(u32, Role)> {
    let mut roles = vec![
        (staff::REGISTRAR, Role::Registrar),
        (staff::SOCIAL_WORKER, Role::SocialWorker),
        (staff::SECOND_SOCIAL_WORKER, Role::SocialWorker),
    ];
    if matches!(level, Level::City | Level::District) {
        roles.extend([
            (staff::ADMINISTRATOR, Role::Administrator),
            (staff::TREASURER, Role::Treasurer),
            (staff::SECOND_TREASURER, Role::Treasurer),
            (staff::ARBITER, Role::Arbiter),
            (staff::AUDITOR, Role::Auditor),
        ]);
    }
    match level {
        Level::City => roles.push((staff::REGISTRY, Role::IdentityRegistry)),
        Level::ServicePoint => roles.push((staff::CLERK, Role::Clerk)),
        Level::District | Level::Street => {}
    }
    roles
}

impl Town {
    /// The city as the defaults have it.
    pub(crate) fn new() -> Town {
        let organisations = organisations();
        let (mut accounts, mut entries) = (Vec::new(), Vec::new());
        for organisation in &organisations {
            for (number, role) in roles(organisation.level) {
                let seed = person_seed(organisation.organisation, number);
                let person = AccountId(bytes(seed));
                accounts.push(GenesisAccount {
                    account: person,
                    identity: Commitment(bytes(seed)),
                    home: street(GULOU),
                    key: Key(bytes(seed)),
                });
                let entry = StaffEntry {
                    key: Key(bytes(seed + 1_000_000_000)),
                    roles: vec![role],
                    person,
                };
                let id = StaffId {
                    organisation: organisation.organisation,
                    number,
                };
                entries.push((id, entry));
            }
        }
        let company = CatalogueEntry {
            minutes_min: 15,
            minutes_max: 480,
            multiplier_percent: 100,
        };
        let mut model = Model::new(&Genesis {
            purpose: ChainPurpose::Test,
            calendar: Calendar::CHINA,
            time_ms: beginning() - 1,
            organisations,
            accounts,
            staff: entries,
            policies: Vec::new(),
            catalogue: vec![(COMPANY, company)],
            version: 1,
        });
        model.begin_block(beginning()).expect("the first block");
        Town { model, made: 0 }
    }

    /// A number nothing else has.
    pub(crate) fn make(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// A fresh account's id.
    pub(crate) fn account(&mut self) -> AccountId {
        AccountId(bytes(self.make()))
    }

    /// A fresh order's id.
    pub(crate) fn order(&mut self) -> OrderId {
        OrderId(bytes(self.make()))
    }

    /// A fresh key.
    pub(crate) fn key(&mut self) -> Key {
        Key(bytes(self.make()))
    }

    /// Submits an operation; a refusal must not change anything.
    pub(crate) fn submit(
        &mut self,
        signers: &[Signer],
        operation: Operation,
    ) -> Result<(), Refusal> {
        let id = TransactionId(bytes(self.make()));
        let request = Request {
            id,
            signatures: signers.iter().map(|signer| (*signer).into()).collect(),
            valid_until_ms: self.model.now_ms() + DAY_MS,
            operation,
        };
        self.model.apply(&request)
    }

    /// Submits an operation that must be accepted.
    #[track_caller]
    pub(crate) fn ok(&mut self, signers: &[Signer], operation: Operation) {
        let label = format!("{operation:?}");
        if let Err(refusal) = self.submit(signers, operation) {
            panic!("{refusal:?}: {label}");
        }
    }

    /// Submits an operation that must be refused for this reason, and change nothing.
    #[track_caller]
    pub(crate) fn refused(&mut self, signers: &[Signer], operation: Operation, refusal: Refusal) {
        let before = self.model.clone();
        assert_eq!(self.submit(signers, operation), Err(refusal));
        assert!(self.model == before, "a refusal changed something");
    }

    /// A block so much later, and as many more as the work that is due takes.
    pub(crate) fn later(&mut self, after_ms: Milliseconds) {
        let time_ms = self.model.now_ms() + after_ms;
        self.model.begin_block(time_ms).expect("time goes on");
        while self.model.count_due() > 0 {
            self.model.begin_block(time_ms).expect("the same time");
        }
    }

    /// Opens a person's account and waits for the next block.
    pub(crate) fn open(&mut self, district: OrganisationId) -> AccountId {
        self.open_with(district, true)
    }

    /// Opens the account of a person without a phone.
    pub(crate) fn open_keyless(&mut self, district: OrganisationId) -> AccountId {
        self.open_with(district, false)
    }

    fn open_with(&mut self, district: OrganisationId, with_key: bool) -> AccountId {
        let account = self.account();
        let key = with_key.then(|| self.key());
        let home = street(district);
        let mut signers = vec![of(home, staff::REGISTRAR), of(CITY, staff::REGISTRY)];
        signers.push(match key {
            Some(key) => Signer::Key(key),
            None => of(home, staff::SOCIAL_WORKER),
        });
        let identity = Commitment(bytes(self.make()));
        let operation = Operation::OpenAccount(OpenAccount {
            account,
            home,
            key,
            identity,
            legal_guardian: None,
        });
        self.ok(&signers, operation);
        self.later(1);
        account
    }

    /// Links two people with a key.
    pub(crate) fn link(&mut self, account: AccountId, kin: AccountId) {
        let home = self.view(account).home;
        let operation = Operation::LinkKin(LinkKin {
            account,
            kin,
            relation: Relation::Parent,
        });
        let signers = [
            Signer::Account(account),
            Signer::Account(kin),
            of(home, staff::REGISTRAR),
        ];
        self.ok(&signers, operation);
    }

    /// Opens a budget line of the city.
    pub(crate) fn line(&mut self, purpose: Purpose, minutes: Minutes) -> BudgetId {
        let budget = BudgetId(bytes(self.make()));
        let last_day = self.model.day() + 1_000;
        let operation = Operation::OpenBudget(OpenBudget {
            budget,
            scope: CITY,
            purpose,
            minutes,
            last_day,
        });
        self.ok(&treasurers(), operation);
        budget
    }

    /// Puts somebody into the programme of elders.
    pub(crate) fn enrol(&mut self, account: AccountId) {
        let home = self.view(account).home;
        let operation = Operation::SetProgrammes(SetProgrammes {
            account,
            programmes: vec![ELDERS],
        });
        let signers = [of(home, staff::REGISTRAR), of(home, staff::SOCIAL_WORKER)];
        self.ok(&signers, operation);
    }

    /// Grants minutes to one person, who joins the programme for it.
    pub(crate) fn grant(&mut self, account: AccountId, minutes: Minutes, days: Option<u32>) {
        self.enrol(account);
        let budget = self.line(Purpose::Grant, minutes);
        let operation = Operation::Grant(Grant {
            budget,
            programme: ELDERS,
            accounts: vec![account],
            minutes,
            expiry: days.map(|days| self.model.day() + days),
        });
        self.ok(&treasurers(), operation);
    }

    /// Sets a parameter of the city from today on.
    pub(crate) fn policy(&mut self, parameter: Parameter, value: Value) {
        let operation = Operation::SetPolicy(SetPolicy {
            scope: CITY,
            parameter,
            value: Some(value),
            from_day: self.model.day(),
        });
        self.ok(&[of(CITY, staff::ADMINISTRATOR)], operation);
    }

    /// A paper record of a service that ended just now.
    pub(crate) fn record(
        &mut self,
        provider: AccountId,
        recipient: AccountId,
        district: OrganisationId,
        minutes: Minutes,
        payer: Payer,
    ) -> OrderId {
        let order = self.order();
        let end_ms = self.model.now_ms();
        let operation = Operation::RecordService(RecordService {
            order,
            recipient,
            provider,
            member: None,
            service: COMPANY,
            district,
            start_ms: end_ms - minutes * MINUTE_MS,
            end_ms,
            minutes,
            payer,
        });
        let mut signers = vec![Signer::Account(provider), Signer::Account(recipient)];
        if let Payer::Kin(kin) = payer {
            signers.push(Signer::Account(kin));
        }
        self.ok(&signers, operation);
        order
    }

    /// A social worker of the district approves.
    pub(crate) fn verify(&mut self, order: OrderId, district: OrganisationId, minutes: Minutes) {
        let operation = Operation::VerifyOrder(VerifyOrder {
            order,
            verdict: Verdict::Approved(minutes),
        });
        self.ok(&[of(district, staff::SOCIAL_WORKER)], operation);
    }

    /// A service that takes place from now on, is recorded, verified and, three days later, paid.
    pub(crate) fn serve(
        &mut self,
        provider: AccountId,
        recipient: AccountId,
        district: OrganisationId,
        minutes: Minutes,
        payer: Payer,
    ) -> OrderId {
        self.later(minutes * MINUTE_MS);
        let order = self.record(provider, recipient, district, minutes, payer);
        self.verify(order, district, minutes);
        self.later(3 * DAY_MS);
        order
    }

    /// An account as it is.
    pub(crate) fn view(&self, account: AccountId) -> AccountView {
        self.model.account_view(account).expect("it was opened")
    }

    /// What an account may spend.
    pub(crate) fn spendable(&self, account: AccountId) -> Minutes {
        self.view(account).spendable()
    }
}

/// The city's two treasurers.
pub(crate) fn treasurers() -> [Signer; 2] {
    [
        of(CITY, staff::TREASURER),
        of(CITY, staff::SECOND_TREASURER),
    ]
}
