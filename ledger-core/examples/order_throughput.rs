//! How many order transactions a second this machine executes, with and without checking their signatures.
//!
//! `cargo run --release -p ledger-core --example order_throughput [PAIRS]`
//!
//! A city of so many volunteers and as many elders lives through one day: every elder posts an order that a budget line
//! pays, a volunteer accepts it, both check in and complete it, a social worker verifies it. Blocks are built, then applied
//! on the same state, as a validator does. Nothing is asserted about the speed.

#![expect(
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    reason = "a measurement that a person reads"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use ledger_core::amount::Minutes;
use ledger_core::genesis::{
    GENESIS_VERSION, Genesis, GenesisAccount, GenesisOrganisation, GenesisPolicy, GenesisService,
    GenesisStaff,
};
use ledger_core::hash::{Domain, Hash, hash};
use ledger_core::id::{AccountId, BudgetId, OrderId, OrganisationId, ServiceCode, StaffId};
use ledger_core::ledger::{
    NothingVerified, Tip, VerifiedSignatures, apply_block, build_block, least_time,
};
use ledger_core::record::budget::BudgetPurpose;
use ledger_core::record::chain::ChainPurpose;
use ledger_core::record::order::Payer;
use ledger_core::record::organisation::{Level, Role, StaffRecord};
use ledger_core::record::policy::{CatalogueEntry, PolicyParameter, PolicyValue};
use ledger_core::signature::SecretKey;
use ledger_core::state::MemoryState;
use ledger_core::time::{Calendar, DAY_MS, HOUR_MS, MINUTE_MS, TimestampMs};
use ledger_core::transaction::government::OpenBudget;
use ledger_core::transaction::service::{
    AcceptOrder, CompleteOrder, OrderTerms, PostOrder, StartOrder, Verdict, VerifyOrder,
};
use ledger_core::transaction::{
    Envelope, Operation, SealedEnvelope, SignedBy, Signer, TRANSACTION_VERSION, Transaction,
};
use ledger_core::validator::{Validator, ValidatorAddress, ValidatorSet};

const PAIRS_DEFAULT: usize = 1_000;
const CITY: OrganisationId = OrganisationId(320_100);
const DISTRICT: OrganisationId = OrganisationId(320_106);
const STREET: OrganisationId = OrganisationId(320_106_001);
/// Staff numbers at the city.
const TREASURERS: [u32; 2] = [1, 2];
const SOCIAL_WORKER: u32 = 3;

/// Every signature was verified before.
struct AllVerified;

impl VerifiedSignatures for AllVerified {
    fn contains(&self, _: &Hash) -> bool {
        true
    }
}

fn key(label: &str) -> SecretKey {
    SecretKey::from_seed(&hash(Domain::Identity, &[label.as_bytes()]).0)
}

fn staff(number: u32) -> StaffId {
    StaffId {
        organisation: CITY,
        number,
    }
}

fn account(label: &str) -> GenesisAccount {
    GenesisAccount {
        identity: hash(Domain::Identity, &[b"identity", label.as_bytes()]),
        home: STREET,
        key: key(label).public_key(),
    }
}

fn genesis(pairs: usize) -> Genesis {
    let mut accounts: Vec<GenesisAccount> = (0..pairs)
        .flat_map(|pair| [format!("elder {pair}"), format!("volunteer {pair}")])
        .map(|label| account(&label))
        .collect();
    let mut entries = Vec::new();
    for number in TREASURERS.into_iter().chain([SOCIAL_WORKER]) {
        let label = format!("staff {number}");
        let person = account(&label);
        let role = if number == SOCIAL_WORKER {
            Role::SocialWorker
        } else {
            Role::Treasurer
        };
        let record = StaffRecord {
            key: person.key,
            roles: vec![role],
            person: person.id(),
        };
        accounts.push(person);
        entries.push(GenesisStaff {
            staff: staff(number),
            record,
        });
    }
    let organisation = |organisation, parent, level| GenesisOrganisation {
        organisation,
        parent,
        level,
        threshold: 0,
    };
    let validator = Validator {
        organisation: STREET,
        consensus_key: key("validator").public_key(),
        peer_key: key("peer").public_key(),
        power: 1,
    };
    Genesis {
        version: GENESIS_VERSION,
        purpose: ChainPurpose::Test,
        calendar: Calendar::CHINA,
        time_ms: TimestampMs(1_800_000_000_000),
        organisations: vec![
            organisation(CITY, None, Level::City),
            organisation(DISTRICT, Some(CITY), Level::District),
            organisation(STREET, Some(DISTRICT), Level::Street),
        ],
        accounts,
        staff: entries,
        policies: vec![GenesisPolicy {
            parameter: PolicyParameter::StaffTransactionsPerDay,
            value: PolicyValue::Number(10_000_000),
        }],
        catalogue: vec![GenesisService {
            code: ServiceCode(1),
            entry: CatalogueEntry {
                minutes_min: Minutes(15),
                minutes_max: Minutes(480),
                multiplier_percent: 100,
            },
        }],
        validators: ValidatorSet::new(vec![validator]).expect("one validator is a set"),
    }
}

/// The chain, and what was measured on it.
struct Chain {
    state: MemoryState,
    tip: Tip,
    nonce: u128,
    transactions: usize,
    building: Duration,
    applying: Duration,
    verifying: Duration,
}

impl Chain {
    fn seal(&mut self, operation: Operation, signers: &[(Signer, SecretKey)]) -> SealedEnvelope {
        self.nonce += 1;
        let transaction = Transaction {
            chain_id: self.tip.chain_id,
            version: TRANSACTION_VERSION,
            signer: signers[0].0,
            valid_until_ms: self.tip.time_ms.plus_ms(DAY_MS),
            nonce: self.nonce.to_be_bytes(),
            operation,
        };
        let signatures: Vec<SignedBy> = signers
            .iter()
            .map(|(signer, key)| SignedBy {
                signer: *signer,
                signature: transaction.sign(key),
            })
            .collect();
        SealedEnvelope::new(Envelope::new(transaction, signatures))
    }

    /// Builds a block of `sealed` at `time_ms` at the earliest, applies it twice: signatures known, and not.
    fn block(&mut self, time_ms: TimestampMs, sealed: Vec<SealedEnvelope>) {
        let candidates: Vec<Arc<SealedEnvelope>> = sealed.into_iter().map(Arc::new).collect();
        let least_ms = least_time(&self.state, &self.tip).expect("a state in memory can be read");
        let proposer = ValidatorAddress::of(&key("validator").public_key());
        let began = Instant::now();
        let built = build_block(
            &self.state,
            &self.tip,
            proposer,
            time_ms.max(least_ms),
            &candidates,
            &AllVerified,
        )
        .expect("the books balance");
        self.building += began.elapsed();
        assert_eq!(built.refused, [], "every transaction applies");
        assert_eq!(built.block.transactions.len(), candidates.len());
        let began = Instant::now();
        apply_block(&self.state, &self.tip, &built.block, &AllVerified).expect("it applies");
        self.applying += began.elapsed();
        let began = Instant::now();
        apply_block(&self.state, &self.tip, &built.block, &NothingVerified).expect("it applies");
        self.verifying += began.elapsed();
        self.transactions += candidates.len();
        self.state.apply(&built.execution.writes);
        self.tip = Tip::of(&built.block.header);
    }

    fn report(&self, what: &str) {
        let rate = |spent: Duration| {
            let count = u128::try_from(self.transactions).unwrap_or(u128::MAX);
            count * 1_000_000 / spent.as_micros().max(1)
        };
        println!(
            "{what}: {} transactions; built {}/s, applied {}/s, applied with signatures {}/s",
            self.transactions,
            rate(self.building),
            rate(self.applying),
            rate(self.verifying)
        );
    }
}

fn open_budget(chain: &mut Chain, pairs: usize) -> BudgetId {
    let operation = Operation::OpenBudget(OpenBudget {
        scope: CITY,
        purpose: BudgetPurpose::Service,
        minutes: Minutes(60 * u64::try_from(pairs).expect("few pairs")),
        last_day: Calendar::CHINA.day(chain.tip.time_ms).plus_days(30),
    });
    let signers = TREASURERS.map(|number| {
        let signer = Signer::Staff(staff(number));
        (signer, key(&format!("staff {number}")))
    });
    let sealed = chain.seal(operation, &signers);
    let budget = BudgetId::derive(sealed.id());
    chain.block(TimestampMs(0), vec![sealed]);
    budget
}

fn main() {
    let pairs = std::env::args()
        .nth(1)
        .map_or(Ok(PAIRS_DEFAULT), |text| text.parse())
        .expect("the argument is a number of pairs");
    let genesis = genesis(pairs);
    let mut chain = Chain {
        state: genesis.state().expect("the genesis is in order"),
        tip: Tip::genesis(genesis.chain_id(), genesis.time_ms),
        nonce: 0,
        transactions: 0,
        building: Duration::ZERO,
        applying: Duration::ZERO,
        verifying: Duration::ZERO,
    };
    let budget = open_budget(&mut chain, pairs);
    let people: Vec<[(AccountId, SecretKey); 2]> = (0..pairs)
        .map(|pair| {
            ["elder", "volunteer"].map(|kind| {
                let label = format!("{kind} {pair}");
                (account(&label).id(), key(&label))
            })
        })
        .collect();
    let holder = |(id, key): &(AccountId, SecretKey)| (Signer::Account(*id), key.clone());

    let now_ms = chain.tip.time_ms;
    let mut orders = Vec::with_capacity(pairs);
    let mut posts = Vec::with_capacity(pairs);
    for [elder, _] in &people {
        let terms = OrderTerms {
            recipient: elder.0,
            service: ServiceCode(1),
            district: DISTRICT,
            window_start_ms: now_ms,
            window_end_ms: now_ms.plus_ms(12 * HOUR_MS),
            minutes: Minutes(60),
            payer: Payer::Budget(budget),
        };
        let sealed = chain.seal(Operation::PostOrder(PostOrder { terms }), &[holder(elder)]);
        orders.push(OrderId::derive(sealed.id()));
        posts.push(sealed);
    }
    chain.block(now_ms, posts);
    let step = |chain: &mut Chain,
                time_ms: TimestampMs,
                make: &dyn Fn(OrderId, AccountId) -> Operation,
                both: bool| {
        let mut sealed = Vec::with_capacity(pairs);
        for (order, [elder, volunteer]) in orders.iter().zip(&people) {
            let mut signers = vec![holder(volunteer)];
            if both {
                signers.push(holder(elder));
            }
            sealed.push(chain.seal(make(*order, volunteer.0), &signers));
        }
        chain.block(time_ms, sealed);
    };
    let accept = |order, provider| {
        Operation::AcceptOrder(AcceptOrder {
            order,
            provider,
            member: None,
        })
    };
    step(&mut chain, now_ms, &accept, false);
    let start = |order, _| Operation::StartOrder(StartOrder { order });
    step(&mut chain, now_ms, &start, true);
    let end_ms = now_ms.plus_ms(60 * MINUTE_MS);
    let complete = |order, _| {
        Operation::CompleteOrder(CompleteOrder {
            order,
            start_ms: now_ms,
            end_ms,
            evidence: Hash::ZERO,
        })
    };
    step(&mut chain, end_ms, &complete, true);
    let worker = (
        Signer::Staff(staff(SOCIAL_WORKER)),
        key(&format!("staff {SOCIAL_WORKER}")),
    );
    let mut verdicts = Vec::with_capacity(pairs);
    for order in &orders {
        let operation = Operation::VerifyOrder(VerifyOrder {
            order: *order,
            verdict: Verdict::Approved(Minutes(60)),
        });
        verdicts.push(chain.seal(operation, std::slice::from_ref(&worker)));
    }
    chain.block(end_ms, verdicts);
    chain.report("orders from posting to verification");
    let began = Instant::now();
    let mut blocks = 0;
    while blocks * ledger_core::ledger::apply::DUE_WORK_MAX < pairs {
        chain.block(end_ms.plus_ms(3 * DAY_MS + HOUR_MS), Vec::new());
        blocks += 1;
    }
    println!(
        "{pairs} settlements in {blocks} blocks, each built and applied twice: {} ms",
        began.elapsed().as_millis()
    );
}
