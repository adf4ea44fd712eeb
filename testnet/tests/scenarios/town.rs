//! The town of the scenarios: four offices in three districts, its people, and what may be asked of its four nodes.

use std::ops::ControlFlow;
use std::path::PathBuf;

use ledger_core::amount::Minutes;
use ledger_core::codec;
use ledger_core::genesis::Genesis;
use ledger_core::hash::{Domain, Hash, hash};
use ledger_core::id::{
    AccountId, BudgetId, Height, OrderId, OrganisationId, ProgrammeCode, ServiceCode,
};
use ledger_core::proof::{RecordProof, TrustedSet};
use ledger_core::record::account::{AccountKind, AccountRecord};
use ledger_core::record::budget::{BudgetPurpose, PoolId, PoolKind};
use ledger_core::record::order::{OrderStatus, Payer};
use ledger_core::record::supply::SupplyRecord;
use ledger_core::state::StateKey;
use ledger_core::state::overlay::RECORD_BYTES_MAX;
use ledger_core::time::{Calendar, DAY_MS, Day, HOUR_MS, MINUTE_MS, Month, TimestampMs};
use ledger_core::transaction::account::{OpenAccount, SetProgrammes};
use ledger_core::transaction::government::OpenBudget;
use ledger_core::transaction::service::{
    AcceptOrder, CancelOrder, CompleteOrder, OrderTerms, PostOrder, RecordService, Verdict,
    VerifyOrder,
};
use ledger_core::transaction::value::{Grant, Grantees};
use ledger_core::transaction::{Operation, Signer};
use timebank_audit::Book;
use timebank_audit::book::Progress;
use timebank_testnet::city::{
    Founding, InitialCatalogue, Person, StreetStaff, staff_id, street_staff,
};
use timebank_testnet::driver::{account_of, budget_of, order_of};
use timebank_wallet::client::{Patience, Request, Transport};
use timebank_wallet::error::Error;
use timebank_wallet::http::HttpTransport;
use timebank_wallet::identity::IdentityVault;
use timebank_wallet::verify::Freshness;

use crate::support::{OFFICES, Trial, registrar, registry, street_of};

/// The programme everybody who gets a grant belongs to.
const PROGRAMME: ProgrammeCode = ProgrammeCode(7);
/// The districts A, B and C, and A again: the district of each office's street.
const DISTRICTS: [OrganisationId; OFFICES] = [
    OrganisationId(320_102),
    OrganisationId(320_104),
    OrganisationId(320_106),
    OrganisationId(320_102),
];
/// A wallet of these tests looks at a chain whose time was moved ahead: no proof is too old for it.
const ANY_AGE: Freshness = Freshness {
    now_ms: TimestampMs(0),
    age_ms_max: u64::MAX,
};

/// Staff of the city.
pub(crate) mod city {
    use timebank_testnet::city::{CITY, Person, city_staff, staff_id};

    pub(crate) fn treasurers() -> [Person; 2] {
        city_staff::TREASURERS.map(|number| Person::staff(staff_id(CITY, number)))
    }

    pub(crate) fn auditor() -> Person {
        Person::staff(staff_id(CITY, city_staff::AUDITOR))
    }

    pub(crate) fn arbiter() -> Person {
        Person::staff(staff_id(CITY, city_staff::ARBITERS[0]))
    }
}

/// Four running nodes of a town.
pub(crate) struct Town {
    pub(crate) trial: Trial,
    people: usize,
    served: u64,
    grants: Option<BudgetId>,
}

fn founding() -> Genesis {
    let mut districts = DISTRICTS.to_vec();
    districts.sort_unstable();
    districts.dedup();
    Founding {
        districts,
        streets: (0..OFFICES)
            .map(|index| (street_of(index), DISTRICTS[index]))
            .collect(),
        points: Vec::new(),
        street_staff: StreetStaff::Founding,
        catalogue: InitialCatalogue::Founding,
        policies: Vec::new(),
        offices: OFFICES,
        time_ms: TimestampMs(timebank_node::runtime::now_ms()),
    }
    .genesis()
}

fn staff(office: usize, number: u32) -> Person {
    Person::staff(staff_id(street_of(office), number))
}

fn account(person: &Person) -> AccountId {
    match person.signer {
        Signer::Account(account) => account,
        other => panic!("{other} holds no account"),
    }
}

impl Town {
    /// Starts it.
    pub(crate) fn start(label: &str) -> Town {
        let mut trial = Trial::prepare_in(label, founding());
        trial.start();
        Town {
            trial,
            people: 0,
            served: 0,
            grants: None,
        }
    }

    /// Applies one operation through the node of an office, each in turn; it must not be refused.
    pub(crate) fn apply(
        &mut self,
        operation: impl Into<Operation>,
        signers: &[&Person],
    ) -> ledger_core::id::TransactionId {
        let operation = operation.into();
        let said = format!("{operation:?}");
        self.served += 1;
        let office = usize::try_from(self.served).unwrap() % OFFICES;
        match self.trial.driver.apply(office, operation, signers) {
            Ok(id) => {
                // What is read next may be read from another node.
                self.trial.agree();
                id
            }
            Err(error) => panic!("{said}: {error}"),
        }
    }

    /// Somebody new, at home in the street of an office, whose identity is in the registry's vault.
    pub(crate) fn person(&mut self, office: usize) -> Person {
        self.people += 1;
        let label = format!("person {}", self.people);
        let bare = Person::bare(&label);
        let mut vault = IdentityVault::open(&self.vault_path()).unwrap();
        let open = OpenAccount {
            home: street_of(office),
            key: Some(bare.key.public_key()),
            identity: vault.commit(&label).unwrap(),
            legal_guardian: None,
        };
        let id = self.apply(open, &[&registrar(office), &registry(), &bare]);
        Person::holder(account_of(id), &label)
    }

    fn vault_path(&self) -> PathBuf {
        self.trial.directory.path().join("registry.csv")
    }

    /// The registry erases salt and identity of a person.
    pub(crate) fn erase_salt(&self, person: &Person) {
        let AccountKind::Person { identity } = self.record(person).kind else {
            panic!("a person's account")
        };
        let mut vault = IdentityVault::open(&self.vault_path()).unwrap();
        vault.erase(identity).unwrap();
        let left = std::fs::read_to_string(self.vault_path()).unwrap();
        assert!(!left.contains(&identity.to_string()));
    }

    /// The proof of a person's account, to be kept.
    pub(crate) fn proof(&self, person: &Person) -> RecordProof {
        let transport = HttpTransport::new([self.trial.network.url(0)]);
        let path = format!("/v1/accounts/{}?proof=true", account(person));
        let response = transport.request(&Request::get(path)).unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
        serde_json::from_value(answer["proof"].clone()).unwrap()
    }

    /// Checks a proof that was kept against nothing but the genesis document; the account's record in it.
    pub(crate) fn verify_kept(&self, person: &Person, proof: &RecordProof) -> AccountRecord {
        let genesis = self.trial.network.genesis();
        let trusted = TrustedSet {
            chain_id: genesis.chain_id(),
            since: Height::GENESIS,
            set: genesis.validators.clone(),
        };
        let key = StateKey::Account(account(person));
        let bytes = proof.verify(&key, &trusted).unwrap().expect("present");
        codec::decode(bytes, RECORD_BYTES_MAX).unwrap()
    }

    fn budget(&mut self, purpose: BudgetPurpose, minutes: u64) -> BudgetId {
        let [first, second] = city::treasurers();
        let open = OpenBudget {
            scope: timebank_testnet::city::CITY,
            purpose,
            minutes: Minutes(minutes),
            last_day: Day(self.today().0 + 300),
        };
        budget_of(self.apply(open, &[&first, &second]))
    }

    /// A line of the city that pays for service.
    pub(crate) fn service_budget(&mut self, minutes: u64) -> BudgetId {
        self.budget(BudgetPurpose::Service, minutes)
    }

    /// A line of the city that fills pools.
    pub(crate) fn fund_budget(&mut self, minutes: u64) -> BudgetId {
        self.budget(BudgetPurpose::Fund, minutes)
    }

    /// The reserve pool of the district of an office.
    pub(crate) fn reserve_pool(&self, office: usize) -> PoolId {
        PoolId {
            organisation: DISTRICTS[office],
            kind: PoolKind::Reserve,
        }
    }

    /// Grants minutes to a person, who joins the programme for it.
    pub(crate) fn grant(&mut self, person: &Person, minutes: u64) {
        let budget = match self.grants {
            Some(line) => line,
            None => {
                let line = self.budget(BudgetPurpose::Grant, 100_000);
                self.grants = Some(line);
                line
            }
        };
        let home = self.record(person).home;
        let office = (0..OFFICES)
            .find(|office| street_of(*office) == home)
            .expect("everybody is at home in one of the four streets");
        let programmes = SetProgrammes {
            account: account(person),
            programmes: vec![PROGRAMME],
        };
        self.apply(
            programmes,
            &[
                &registrar(office),
                &staff(office, street_staff::SOCIAL_WORKER),
            ],
        );
        let [first, second] = city::treasurers();
        let grantees = Grantees {
            programme: PROGRAMME,
            accounts: vec![account(person)],
            minutes: Minutes(minutes),
            expiry: None,
        };
        self.apply(Grant { budget, grantees }, &[&first, &second]);
    }

    /// An interval of yesterday that nobody has served in: an hour and a half for each service, from six o'clock on; the
    /// days before that when yesterday is full.
    fn interval(&mut self, minutes: u64) -> (TimestampMs, TimestampMs) {
        self.served += 1;
        let (days, slot) = (self.served / 10, self.served % 10);
        let day = Day(self.today().0 - 1 - u32::try_from(days % 25).unwrap());
        let start = Calendar::CHINA
            .start_of(day)
            .plus_ms(6 * HOUR_MS + slot * 90 * MINUTE_MS);
        (start, start.plus_ms(minutes * MINUTE_MS))
    }

    fn today(&self) -> Day {
        Calendar::CHINA.day(self.trial.driver.now_ms())
    }

    /// Posts an order for `recipient`, to be served in the district of an office within the last hours.
    pub(crate) fn post(
        &mut self,
        recipient: &Person,
        place: usize,
        minutes: u64,
        payer: Payer,
    ) -> OrderId {
        let terms = self.terms(recipient, place, minutes, payer);
        order_of(self.apply(PostOrder { terms }, &[recipient]))
    }

    fn terms(
        &mut self,
        recipient: &Person,
        place: usize,
        minutes: u64,
        payer: Payer,
    ) -> OrderTerms {
        let now_ms = self.trial.driver.refresh_time(0).unwrap();
        OrderTerms {
            recipient: account(recipient),
            service: ServiceCode(1),
            district: DISTRICTS[place],
            window_start_ms: now_ms.minus_ms(20 * DAY_MS),
            window_end_ms: now_ms.plus_ms(HOUR_MS),
            minutes: Minutes(minutes),
            payer,
        }
    }

    /// What becomes of `provider`'s acceptance; the code of the refusal.
    pub(crate) fn try_accept(&mut self, order: OrderId, provider: &Person) -> Result<(), String> {
        let accept = AcceptOrder {
            order,
            provider: account(provider),
            member: None,
        };
        self.trial
            .driver
            .apply(0, accept.into(), &[provider])
            .map(|_| ())
            .map_err(code)
    }

    /// Its recipient withdraws an order.
    pub(crate) fn cancel(&mut self, order: OrderId, recipient: &Person) {
        self.apply(CancelOrder { order }, &[recipient]);
    }

    /// One order as four transactions, each by its own signers: post, accept, complete, verify.
    pub(crate) fn four_steps(
        &mut self,
        provider: &Person,
        recipient: &Person,
        place: usize,
        minutes: u64,
        payer: Payer,
    ) -> OrderId {
        let order = self.post(recipient, place, minutes, payer);
        self.try_accept(order, provider).unwrap();
        let (start_ms, end_ms) = self.interval(minutes);
        let complete = CompleteOrder {
            order,
            start_ms,
            end_ms,
            evidence: hash(Domain::EvidenceCommitment, &[&order.0]),
        };
        self.apply(complete, &[provider, recipient]);
        self.approve(order, place, minutes);
        order
    }

    /// One service from paper, verified.
    pub(crate) fn paper(
        &mut self,
        provider: &Person,
        recipient: &Person,
        place: usize,
        minutes: u64,
        payer: Payer,
    ) -> OrderId {
        let (start_ms, end_ms) = self.interval(minutes);
        let record = RecordService {
            recipient: account(recipient),
            provider: account(provider),
            member: None,
            service: ServiceCode(1),
            district: DISTRICTS[place],
            start_ms,
            end_ms,
            minutes: Minutes(minutes),
            payer,
            evidence: hash(Domain::EvidenceCommitment, &[b"paper"]),
        };
        let order = order_of(self.apply(record, &[provider, recipient]));
        self.approve(order, place, minutes);
        order
    }

    fn approve(&mut self, order: OrderId, place: usize, minutes: u64) {
        let verdict = Verdict::Approved(Minutes(minutes));
        let worker = staff(place, street_staff::SOCIAL_WORKER);
        self.apply(VerifyOrder { order, verdict }, &[&worker]);
    }

    /// Hands the same person's two orders to two offices at one moment; the code of each refusal.
    pub(crate) fn post_at_both_offices(
        &mut self,
        elder: &Person,
        minutes: u64,
    ) -> Vec<Result<(), String>> {
        let sealed: Vec<_> = (0..2)
            .map(|_| {
                let terms = self.terms(elder, 0, minutes, Payer::Recipient);
                self.trial.driver.seal(PostOrder { terms }.into(), &[elder])
            })
            .collect();
        let network = &self.trial.network;
        std::thread::scope(|scope| {
            let posting: Vec<_> = sealed
                .iter()
                .enumerate()
                .map(|(office, sealed)| {
                    let patience = Patience::Final { timeout_ms: 30_000 };
                    let client = network.client(office);
                    scope.spawn(move || client.submit(sealed.envelope(), patience))
                })
                .collect();
            posting
                .into_iter()
                .map(|posted| posted.join().unwrap().map(|_| ()).map_err(code))
                .collect()
        })
    }

    /// Moves the chain's time ahead by whole days, and waits until the work that fell due is done.
    pub(crate) fn days_pass(&mut self, days: u64) {
        let now_ms = self.trial.driver.refresh_time(0).unwrap();
        let to_ms = now_ms.plus_ms(days * DAY_MS + 1_000);
        self.trial.driver.advance_to(0, to_ms).unwrap();
    }

    /// Moves the chain's time into the next month; the month that ended.
    pub(crate) fn next_month(&mut self) -> Month {
        let now_ms = self.trial.driver.refresh_time(0).unwrap();
        let month = Calendar::CHINA.month(now_ms);
        let mut day = self.today();
        while day.month() == month {
            day = Day(day.0 + 1);
        }
        let to_ms = Calendar::CHINA.start_of(day).plus_ms(1_000);
        self.trial.driver.advance_to(0, to_ms).unwrap();
        month
    }

    /// The account of a person, proven by the node of the first office.
    fn record(&self, person: &Person) -> AccountRecord {
        let client = self.trial.network.client(0);
        client.account(account(person), ANY_AGE).unwrap().value
    }

    /// Spendable minutes, proven.
    pub(crate) fn spendable(&self, person: &Person) -> u64 {
        self.record(person).spendable().unwrap().0
    }

    /// Held minutes, proven.
    pub(crate) fn held(&self, person: &Person) -> u64 {
        self.record(person).held.0
    }

    /// Minutes owed since a reversal, proven.
    pub(crate) fn clawback(&self, person: &Person) -> u64 {
        self.record(person)
            .clawback
            .iter()
            .map(|owed| owed.minutes.0)
            .sum()
    }

    /// Minutes in a pool.
    pub(crate) fn pool(&self, pool: PoolId) -> u64 {
        let answer = self.trial.network.client(0).pool(pool).unwrap();
        answer.pool.minutes.0
    }

    /// Checks where an order stands, proven.
    pub(crate) fn expect_status(&self, order: OrderId, status: OrderStatus) {
        let proven = self.trial.network.client(0).order(order, ANY_AGE).unwrap();
        assert_eq!(proven.value.status(), status);
    }

    /// Has an auditor recompute a month from the blocks of each node alone; the nets of the districts A, B and C must be
    /// these, and every computation agree with the chain's record. What is to be co-signed.
    pub(crate) fn audited_nets(&mut self, month: Month, nets: [i64; 3]) -> Hash {
        self.trial.agree();
        let genesis = self.trial.network.genesis();
        let hashes: Vec<Hash> = (0..OFFICES)
            .map(|office| {
                let client = self.trial.network.client(office);
                let folder = tempfile::tempdir().unwrap();
                let mut book = Book::open(folder.path(), genesis).unwrap();
                let mut ignored = |_: &Progress| ControlFlow::Continue(());
                book.follow(&mut &client, None, &mut ignored).unwrap();
                let audited = book.month(month).unwrap().expect("the month is over");
                let found: Vec<i64> = DISTRICTS[..3]
                    .iter()
                    .filter_map(|id| {
                        let districts = &audited.recomputed.districts;
                        districts.iter().find(|listed| listed.district == *id)
                    })
                    .map(|listed| listed.net)
                    .collect();
                assert_eq!(found, nets, "node {}", office + 1);
                audited.agreed_hash().expect("the chain recorded the same")
            })
            .collect();
        assert!(hashes.windows(2).all(|pair| pair[0] == pair[1]));
        hashes[0]
    }

    /// Checks that every node shows one auditor's confirmation of a month.
    pub(crate) fn expect_cosigned(&mut self, month: Month, hash: Hash) {
        self.trial.agree();
        for office in 0..OFFICES {
            let client = self.trial.network.client(office);
            let closed = client.clearing_unverified(month).unwrap();
            assert_eq!((closed.hash, closed.cosignatures.len()), (hash, 1));
        }
    }

    /// The supply, which all four nodes prove alike after they agreed on height and root.
    pub(crate) fn agreed_supply(&mut self) -> SupplyRecord {
        self.trial.agree();
        let supplies: Vec<SupplyRecord> = (0..OFFICES)
            .map(|office| {
                let client = self.trial.network.client(office);
                client.supply(ANY_AGE).unwrap().value
            })
            .collect();
        assert!(supplies.windows(2).all(|pair| pair[0] == pair[1]));
        assert_eq!(supplies[0].issued(), supplies[0].accounted());
        supplies[0]
    }
}

/// The code under which an operation was refused.
fn code(error: Error) -> String {
    match error {
        Error::Refused { refusal } => refusal.code,
        other => panic!("{other}"),
    }
}
