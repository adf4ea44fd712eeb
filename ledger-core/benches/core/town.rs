//! The town the measurements happen in: pairs of elders and volunteers with the staff they need, among as many other
//! accounts as a measurement asks for.
//!
//! Everything goes through the ledger's own rules, except the other accounts: they are put into the state directly, as a
//! million openings would take longer than all measurements.

use std::sync::Arc;

use ledger_core::amount::Minutes;
use ledger_core::block::Block;
use ledger_core::codec::encode;
use ledger_core::genesis::{
    GENESIS_VERSION, Genesis, GenesisAccount, GenesisOrganisation, GenesisPolicy, GenesisService,
    GenesisStaff,
};
use ledger_core::hash::{Domain, Hash, hash};
use ledger_core::id::{AccountId, BudgetId, OrganisationId, ServiceCode, StaffId};
use ledger_core::ledger::{Tip, VerifiedSignatures, apply_block, build_block, least_time};
use ledger_core::record::account::{AccountKind, AccountRecord};
use ledger_core::record::budget::BudgetPurpose;
use ledger_core::record::chain::ChainPurpose;
use ledger_core::record::membership::Membership;
use ledger_core::record::organisation::{Level, Role, StaffRecord};
use ledger_core::record::policy::{CatalogueEntry, PolicyParameter, PolicyValue};
use ledger_core::signature::{PublicKey, SecretKey};
use ledger_core::state::tree::update;
use ledger_core::state::{MemoryState, Overlay, RecordBytes, RecordChanges, StateKey, StateWrites};
use ledger_core::time::{Calendar, DAY_MS, TimestampMs};
use ledger_core::transaction::government::OpenBudget;
use ledger_core::transaction::value::Gift;
use ledger_core::transaction::{
    Envelope, Operation, SealedEnvelope, SignedBy, Signer, TRANSACTION_VERSION, Transaction,
};
use ledger_core::validator::{Validator, ValidatorAddress, ValidatorSet};

pub(crate) const CITY: OrganisationId = OrganisationId(320_100);
pub(crate) const DISTRICT: OrganisationId = OrganisationId(320_106);
pub(crate) const STREET: OrganisationId = OrganisationId(320_106_001);
pub(crate) const OTHER_STREET: OrganisationId = OrganisationId(320_106_002);
/// The city's staff, a role each; every entry is another human.
pub(crate) const STAFF: [(u32, Role); 8] = [
    (1, Role::Treasurer),
    (2, Role::Treasurer),
    (3, Role::SocialWorker),
    (4, Role::Registrar),
    (5, Role::IdentityRegistry),
    (6, Role::Arbiter),
    (7, Role::Auditor),
    (8, Role::Registrar),
];

/// Every signature was verified before, as it was when it arrived.
pub(crate) struct AllVerified;

impl VerifiedSignatures for AllVerified {
    fn contains(&self, _: &Hash) -> bool {
        true
    }
}

/// Somebody who signs.
#[derive(Clone)]
pub(crate) struct Party {
    pub(crate) signer: Signer,
    pub(crate) key: SecretKey,
}

/// A person with an account.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) account: AccountId,
    pub(crate) key: SecretKey,
}

impl Person {
    pub(crate) fn party(&self) -> Party {
        Party {
            signer: Signer::Account(self.account),
            key: self.key.clone(),
        }
    }
}

pub(crate) fn secret(label: &str) -> SecretKey {
    SecretKey::from_seed(&hash(Domain::Identity, &[label.as_bytes()]).0)
}

pub(crate) fn commitment(label: &str) -> Hash {
    hash(Domain::Identity, &[b"identity", label.as_bytes()])
}

fn genesis_account(label: &str) -> GenesisAccount {
    GenesisAccount {
        identity: commitment(label),
        home: STREET,
        key: secret(label).public_key(),
    }
}

/// A staff entry of the city, ready to sign.
pub(crate) fn staff(number: u32) -> Party {
    let staff = StaffId {
        organisation: CITY,
        number,
    };
    Party {
        signer: Signer::Staff(staff),
        key: secret(&format!("staff {number}")),
    }
}

/// The town, its people, and the chain so far.
#[derive(Clone)]
pub(crate) struct Town {
    pub(crate) state: MemoryState,
    pub(crate) tip: Tip,
    pub(crate) elders: Vec<Person>,
    pub(crate) volunteers: Vec<Person>,
    nonce: u128,
}

impl Town {
    /// A town of `pairs` elders and volunteers, in which `accounts` people live in all.
    pub(crate) fn found(pairs: usize, accounts: usize) -> Town {
        let genesis = genesis(pairs);
        let mut state = genesis.state().expect("the genesis is in order");
        settle(&mut state, accounts.saturating_sub(genesis.accounts.len()));
        let people = |kind: &str| -> Vec<Person> {
            let labels = (0..pairs).map(|pair| format!("{kind} {pair}"));
            labels
                .map(|label| Person {
                    account: genesis_account(&label).id(),
                    key: secret(&label),
                })
                .collect()
        };
        Town {
            state,
            tip: Tip::genesis(genesis.chain_id(), genesis.time_ms),
            elders: people("elder"),
            volunteers: people("volunteer"),
            nonce: 0,
        }
    }

    /// Each elder with the volunteer of the pair.
    pub(crate) fn pairs(&self) -> Vec<(Person, Person)> {
        let elders = self.elders.iter().cloned();
        elders.zip(self.volunteers.iter().cloned()).collect()
    }

    /// An operation signed by `parties`, the first of whom begins it.
    pub(crate) fn sign(
        &mut self,
        operation: impl Into<Operation>,
        parties: &[Party],
    ) -> Arc<SealedEnvelope> {
        self.nonce += 1;
        let transaction = Transaction {
            chain_id: self.tip.chain_id,
            version: TRANSACTION_VERSION,
            signer: parties[0].signer,
            valid_until_ms: self.tip.time_ms.plus_ms(20 * DAY_MS),
            nonce: self.nonce.to_be_bytes(),
            operation: operation.into(),
        };
        let signatures = parties.iter().map(|party| SignedBy {
            signer: party.signer,
            signature: transaction.sign(&party.key),
        });
        let signatures: Vec<SignedBy> = signatures.collect();
        Arc::new(SealedEnvelope::new(Envelope::new(transaction, signatures)))
    }

    /// A gift, signed by who gives it.
    pub(crate) fn gift(
        &mut self,
        from: &Person,
        to: &Person,
        minutes: Minutes,
    ) -> Arc<SealedEnvelope> {
        let operation = Gift {
            from: from.account,
            to: to.account,
            minutes,
        };
        self.sign(operation, &[from.party()])
    }

    /// Opens a budget line of the city with more than anybody spends, in a block of its own.
    pub(crate) fn budget(&mut self, purpose: BudgetPurpose) -> BudgetId {
        let operation = OpenBudget {
            scope: CITY,
            purpose,
            minutes: Minutes(10_000_000),
            last_day: Calendar::CHINA.day(self.tip.time_ms).plus_days(300),
        };
        let sealed = self.sign(operation, &[staff(1), staff(2)]);
        let budget = BudgetId::derive(sealed.id());
        self.pass(self.tip.time_ms, &[sealed]);
        budget
    }

    /// The key a signer signs with.
    ///
    /// # Panics
    /// When nobody signs under that name.
    pub(crate) fn key_of(&self, signer: Signer) -> PublicKey {
        let state = Overlay::new(&self.state);
        let key = match signer {
            Signer::Key(key) => Some(key),
            Signer::Account(account) => {
                let record: Option<AccountRecord> = state
                    .load(&StateKey::Account(account))
                    .expect("a state in memory can be read");
                record.and_then(|record| record.key)
            }
            Signer::Staff(staff) => {
                let record: Option<StaffRecord> = state
                    .load(&StateKey::Staff(staff))
                    .expect("a state in memory can be read");
                record.map(|record| record.key)
            }
        };
        key.expect("whoever signs has a key")
    }

    /// The next block, of exactly these transactions, at the earliest at `time_ms`.
    ///
    /// # Panics
    /// When one of them does not apply: then the measurement would be of something else.
    pub(crate) fn propose(&self, time_ms: TimestampMs, sealed: &[Arc<SealedEnvelope>]) -> Block {
        let least_ms = least_time(&self.state, &self.tip).expect("a state in memory can be read");
        let proposer = ValidatorAddress::of(&secret("validator").public_key());
        let time_ms = time_ms.max(least_ms);
        let built = build_block(
            &self.state,
            &self.tip,
            proposer,
            time_ms,
            sealed,
            &AllVerified,
        )
        .expect("the books balance");
        assert_eq!(built.refused, [], "every transaction applies");
        assert_eq!(built.block.transactions.len(), sealed.len());
        built.block
    }

    /// Takes a block in.
    pub(crate) fn take(&mut self, block: &Block) {
        let execution =
            apply_block(&self.state, &self.tip, block, &AllVerified).expect("it was built here");
        self.state.apply(&execution.writes);
        self.tip = Tip::of(&block.header);
    }

    /// Proposes a block and takes it in.
    pub(crate) fn pass(&mut self, time_ms: TimestampMs, sealed: &[Arc<SealedEnvelope>]) {
        let block = self.propose(time_ms, sealed);
        self.take(&block);
    }
}

fn genesis(pairs: usize) -> Genesis {
    let mut accounts: Vec<GenesisAccount> = (0..pairs)
        .flat_map(|pair| [format!("elder {pair}"), format!("volunteer {pair}")])
        .map(|label| genesis_account(&label))
        .collect();
    let mut entries = Vec::new();
    for (number, role) in STAFF {
        let person = genesis_account(&format!("staff {number}"));
        let staff = StaffId {
            organisation: CITY,
            number,
        };
        let record = StaffRecord {
            key: person.key,
            roles: vec![role],
            person: person.id(),
        };
        accounts.push(person);
        entries.push(GenesisStaff { staff, record });
    }
    let organisation = |organisation, parent, level| GenesisOrganisation {
        organisation,
        parent,
        level,
        threshold: 0,
    };
    let validator = Validator {
        organisation: STREET,
        consensus_key: secret("validator").public_key(),
        peer_key: secret("peer").public_key(),
        power: 1,
    };
    let policy = |parameter, value| GenesisPolicy {
        parameter,
        value: PolicyValue::Number(value),
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
            organisation(OTHER_STREET, Some(DISTRICT), Level::Street),
        ],
        accounts,
        staff: entries,
        policies: vec![policy(PolicyParameter::StaffTransactionsPerDay, 10_000_000)],
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

/// Puts `count` more accounts without minutes into the state, with their memberships.
fn settle(state: &mut MemoryState, count: usize) {
    let key = Some(secret("somebody").public_key());
    let people = (0..count).flat_map(|number| {
        let identity = commitment(&format!("somebody {number}"));
        let id = AccountId::from_seed(&identity);
        let account = AccountRecord::new(AccountKind::Person { identity }, STREET, DISTRICT, key);
        let membership = Membership::of(&account).expect("an active person with a key");
        [
            (StateKey::Account(id).to_bytes(), encode(&account)),
            (StateKey::Membership(id).to_bytes(), encode(&membership)),
        ]
    });
    fill(state, people);
}

/// How many records are put into the tree at once.
const RECORDS_AT_ONCE: usize = 100_000;

/// Puts records into a state, beside all rules.
pub(crate) fn fill(state: &mut MemoryState, records: impl Iterator<Item = RecordBytes>) {
    let mut records = records.peekable();
    while records.peek().is_some() {
        let part = records.by_ref().take(RECORDS_AT_ONCE);
        let records: RecordChanges = part.map(|(key, value)| (key, Some(value))).collect();
        let tree = update(state, &records).expect("a state in memory can be read");
        state.apply(&StateWrites {
            records,
            tree,
            ..StateWrites::default()
        });
    }
}
