//! The city of the rule tests: what its names stand for, who signs with which key, and two copies of its state.
//!
//! Everything derives from names, so that a script can speak of `chen`, `registrar@gulou/1` or `gulou:donation` without
//! declaring them. A name nobody has opened an account under stands for an account that does not exist.
//!
//! | name | is |
//! |---|---|
//! | `nanjing`, `gulou`, `gulou/1`, `gulou/1/2` | the city, a district, its first street, that street's second service point |
//! | `320199`, `320199/3` | any other division code |
//! | `registrar@gulou/1`, `social2@gulou/1/1` | a staff entry, and as an account the human behind it |
//! | `#7@gulou/1` | the staff entry of that number |
//! | `key:blue` | the bare key of that name |
//! | `chen~wang` | Chen's name under a signature by Wang's key |

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use super::founding::genesis;
use super::names::staff_name;
pub(super) use super::names::{
    CITY, home, identity, organisation, pool, public, role, secret, staff, staff_secret, validators,
};
use crate::amount::Minutes;
use crate::block::Block;
use crate::codec;
use crate::genesis::Genesis;
use crate::id::{AccountId, BudgetId, OrderId, TransactionId};
use crate::ledger::{
    Built, Execution, NothingVerified, Refusal, Rejection, Tip, apply_block, build_block,
    check_transaction, least_time, next_due,
};
use crate::receipt::{Owner, Receipt};
use crate::record::account::{AccountRecord, AccountStatus, History};
use crate::record::budget::PoolRecord;
use crate::record::chain::ChainPurpose;
use crate::record::clearing::DistrictMonth;
use crate::record::daily_count::DailyCount;
use crate::record::lot::{Lot, Source};
use crate::record::supply::SupplyRecord;
use crate::signature::SecretKey;
use crate::state::key::account_of_key;
use crate::state::{
    DueEntry, DueWork, MemoryState, Overlay, Record, StateKey, StateView, StateWrites, tree,
};
use crate::time::{Calendar, Day, HOUR_MS, SECOND_MS, TimestampMs};
use crate::transaction::{
    Envelope, Operation, SealedEnvelope, SignedBy, Signer, TRANSACTION_VERSION, Transaction,
};
use crate::validator::ValidatorAddress;

/// How many blocks automatic work may take to settle after time passed.
const DUE_BLOCKS_MAX: usize = 100;

/// One who signs: the name and the key used.
#[derive(Clone, Debug)]
pub(super) struct Party {
    pub(super) signer: Signer,
    pub(super) key: SecretKey,
}

/// What a transaction creates, under the name a script gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Creates {
    Nothing,
    Account(String),
    Budget(String),
    Order(String),
    /// The account of the first name signs with the key of the second name from now on.
    Key(String, String),
}

/// An operation about to be signed.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) operation: Operation,
    /// The first is the transaction's signer.
    pub(super) parties: Vec<Party>,
    pub(super) creates: Creates,
}

/// What names stand for.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) accounts: BTreeMap<String, AccountId>,
    pub(super) budgets: BTreeMap<String, BudgetId>,
    pub(super) orders: BTreeMap<String, OrderId>,
    /// The name of the key an account signs with, where it is not the account's own name.
    pub(super) keys: BTreeMap<String, String>,
}

impl Names {
    /// Learns what the transaction `id` created. The latest of a name is meant by it.
    pub(super) fn learn(&mut self, creates: &Creates, id: TransactionId) {
        match creates.clone() {
            Creates::Nothing => {}
            Creates::Account(name) => {
                self.accounts.insert(name, AccountId::derive(id));
            }
            Creates::Budget(name) => {
                self.budgets.insert(name, BudgetId::derive(id));
            }
            Creates::Order(name) => {
                self.orders.insert(name, OrderId::derive(id));
            }
            Creates::Key(account, key) => {
                self.keys.insert(account, key);
            }
        }
    }
}

/// The city under test.
#[derive(Clone)]
pub(super) struct City {
    /// The state blocks are built on.
    pub(super) state: MemoryState,
    /// The state blocks are applied on.
    pub(super) replica: MemoryState,
    pub(super) tip: Tip,
    /// The next block's time, unless the chain's floor is later.
    pub(super) now_ms: TimestampMs,
    pub(super) names: Names,
    /// The last block's receipts.
    pub(super) receipts: Vec<Receipt>,
    /// Every block so far.
    pub(super) history: Vec<Block>,
    nonce: u128,
}

static FOUNDED: LazyLock<City> = LazyLock::new(|| City::found(&genesis()));

impl City {
    /// The city after genesis.
    pub(super) fn new() -> City {
        FOUNDED.clone()
    }

    /// The same city on a production chain.
    pub(super) fn in_production() -> City {
        City::found(&Genesis {
            purpose: ChainPurpose::Production,
            ..genesis()
        })
    }

    /// What every account and pool holds together, counted one by one, is what the supply says.
    pub(super) fn check_supply(&self) {
        let supply = self.supply();
        let (mut spendable, mut held, mut pools) = (Minutes::ZERO, Minutes::ZERO, Minutes::ZERO);
        for (key, value) in self.state.records() {
            if crate::state::key::kinds::is_account_key(key) {
                let record: AccountRecord = codec::decode(value, value.len()).expect("an account");
                let lots = record.spendable().expect("few minutes");
                spendable = spendable.plus(lots).expect("few minutes");
                held = held.plus(record.held).expect("few minutes");
            } else if crate::state::key::kinds::is_pool_key(key) {
                let record: PoolRecord = codec::decode(value, value.len()).expect("a pool");
                pools = pools.plus(record.minutes).expect("few minutes");
            }
        }
        assert_eq!(
            (supply.spendable, supply.held, supply.pools),
            (spendable, held, pools)
        );
        assert_eq!(supply.issued(), supply.accounted());
        let all = Minutes::sum([spendable, held, pools]).expect("few minutes");
        assert_eq!(self.counted_supply(), all, "what clearing counted");
    }

    /// Every lot with a last day will expire: its due entry is queued.
    pub(super) fn check_due(&self) {
        for (key, value) in self.state.records() {
            let Some(account) =
                key.strip_prefix(&StateKey::Account(AccountId([0; 20])).to_bytes()[..1])
            else {
                continue;
            };
            let account = AccountId(account.try_into().expect("20 bytes"));
            let record: AccountRecord = codec::decode(value, value.len()).expect("an account");
            for day in record.lots.as_slice().iter().filter_map(|lot| lot.expiry) {
                let entry = DueEntry {
                    due_ms: Calendar::CHINA.end_of(day),
                    work: DueWork::Expire(account, day),
                };
                let queued: Option<DueEntry> = self.load(&StateKey::Due(entry));
                assert_eq!(queued, Some(entry), "lots of {day} will expire");
            }
        }
    }

    fn found(genesis: &Genesis) -> City {
        let state = genesis.state().expect("the genesis is in order");
        City {
            replica: state.clone(),
            state,
            tip: Tip::genesis(genesis.chain_id(), genesis.time_ms),
            now_ms: genesis.time_ms.plus_ms(SECOND_MS),
            names: Names::default(),
            receipts: Vec::new(),
            history: Vec::new(),
            nonce: 0,
        }
    }

    /// The record under `key`.
    pub(super) fn load<T: Record>(&self, key: &StateKey) -> Option<T> {
        Overlay::new(&self.state)
            .load(key)
            .expect("a state in memory can be read")
    }

    /// The account called `name`.
    pub(super) fn account(&self, name: &str) -> AccountRecord {
        self.load(&StateKey::Account(self.account_id(name)))
            .unwrap_or_else(|| panic!("{name} has no account"))
    }

    /// The supply.
    pub(super) fn supply(&self) -> SupplyRecord {
        self.load(&StateKey::Supply).expect("there is a supply")
    }

    /// The id of the account called `name`; of none that exists when nobody opened it.
    pub(super) fn account_id(&self, name: &str) -> AccountId {
        match (self.names.accounts.get(name), staff(name)) {
            (Some(id), _) => *id,
            (None, Some(staff)) => AccountId::from_seed(&identity(&staff_name(staff))),
            (None, None) => AccountId::from_seed(&identity(name)),
        }
    }

    /// The budget line called `name`.
    pub(super) fn budget_id(&self, name: &str) -> BudgetId {
        let known = self.names.budgets.get(name).copied();
        known.unwrap_or_else(|| BudgetId::from_seed(&identity(name)))
    }

    /// The day of the next block.
    pub(super) fn today(&self) -> Day {
        Calendar::CHINA.day(self.block_time())
    }

    /// Who signs under the name `text`.
    pub(super) fn party(&self, text: &str) -> Party {
        if let Some((name, forger)) = text.split_once('~') {
            return Party {
                signer: self.party(name).signer,
                key: secret(forger),
            };
        }
        if let Some(name) = text.strip_prefix("key:") {
            let key = secret(name);
            return Party {
                signer: Signer::Key(key.public_key()),
                key,
            };
        }
        match staff(text) {
            Some(id) => Party {
                signer: Signer::Staff(id),
                key: staff_secret(id),
            },
            None => self.holder(text),
        }
    }

    /// The holder of the account called `name`, which may be that of a member of staff.
    pub(super) fn holder(&self, name: &str) -> Party {
        let own = staff(name).map_or_else(|| name.to_owned(), staff_name);
        Party {
            signer: Signer::Account(self.account_id(name)),
            key: secret(self.names.keys.get(name).unwrap_or(&own)),
        }
    }

    /// Several of [`Self::party`].
    pub(super) fn parties<const N: usize>(&self, names: [&str; N]) -> Vec<Party> {
        names.iter().map(|name| self.party(name)).collect()
    }

    /// The next block's time.
    pub(super) fn block_time(&self) -> TimestampMs {
        let least = least_time(&self.state, &self.tip).expect("a state in memory can be read");
        self.now_ms.max(least)
    }

    /// The transaction that asks for `draft`, valid for a day.
    pub(super) fn transaction(&mut self, draft: &Draft) -> Transaction {
        self.nonce += 1;
        Transaction {
            chain_id: self.tip.chain_id,
            version: TRANSACTION_VERSION,
            signer: draft.parties[0].signer,
            valid_until_ms: self.block_time().plus_ms(24 * HOUR_MS),
            nonce: self.nonce.to_be_bytes(),
            operation: draft.operation.clone(),
        }
    }

    /// Signs `draft`. What it creates is known by its name from now on, so that others of its block can speak of it.
    pub(super) fn seal(&mut self, draft: &Draft) -> Arc<SealedEnvelope> {
        let sealed = seal(self.transaction(draft), &draft.parties);
        if !matches!(draft.creates, Creates::Key(..)) {
            self.names.learn(&draft.creates, sealed.id());
        }
        sealed
    }

    /// Makes one block of `candidates`; the rejection of each that was refused.
    ///
    /// Checks on the way that the block applies on the other state with the same effects, that what was refused left no
    /// trace, that a client asking first would have been told the same, that histories hold what was posted, and that
    /// accounts count what they begin.
    pub(super) fn block(
        &mut self,
        candidates: &[Arc<SealedEnvelope>],
    ) -> BTreeMap<TransactionId, Rejection> {
        let time_ms = self.block_time();
        let Built {
            block,
            execution,
            refused,
        } = self.build(candidates);
        let refused: BTreeMap<_, _> = refused.into_iter().collect();
        if !refused.is_empty() {
            let kept = self.build(&block.transactions);
            assert_eq!(kept.block, block, "a refused transaction left a trace");
        }
        let idle = next_due(&self.state)
            .expect("readable")
            .is_none_or(|due| due > time_ms);
        if let ([only], true) = (candidates, idle) {
            let told = check_transaction(&self.state, &self.tip, time_ms, only, &NothingVerified);
            let told = told.map_err(|refusal| match refusal {
                Refusal::Rejected(rejection) => rejection,
                Refusal::State(error) => panic!("{error}"),
            });
            assert_eq!(told.err().as_ref(), refused.get(&only.id()));
        }
        self.apply(&block, &execution);
        refused
    }

    /// The next block of those of `candidates` that apply, proposed by the validator called `v1`.
    pub(super) fn build(&self, candidates: &[Arc<SealedEnvelope>]) -> Built {
        let proposer = ValidatorAddress::of(&secret("v1").public_key());
        let time_ms = self.block_time();
        build_block(
            &self.state,
            &self.tip,
            proposer,
            time_ms,
            candidates,
            &NothingVerified,
        )
        .expect("the rules keep the books balanced")
    }

    /// Applies a block, as decoded from its bytes, on the other state.
    fn apply(&mut self, block: &Block, execution: &Execution) {
        let bytes = codec::encode(block);
        let received: Block = codec::decode(&bytes, bytes.len()).expect("a block decodes");
        let applied = apply_block(&self.replica, &self.tip, &received, &NothingVerified)
            .expect("what one node builds another accepts");
        assert_eq!(&applied, execution);
        self.check_histories(execution);
        self.check_begun(block, execution);
        self.state.apply(&execution.writes);
        self.replica.apply(&applied.writes);
        assert_eq!(self.state.root(), self.replica.root());
        assert_eq!(self.state.root(), block.header.state_root);
        self.receipts = applied.receipts;
        self.history.push(block.clone());
        self.tip = Tip::of(&block.header);
        self.now_ms = self.tip.time_ms.plus_ms(SECOND_MS);
    }

    /// Checks that every history chain grew by exactly the postings of the receipts, and that nobody's minutes changed
    /// without a posting.
    fn check_histories(&self, execution: &Execution) {
        let after = {
            let mut state = self.state.clone();
            state.apply(&execution.writes);
            state
        };
        let mut histories: BTreeMap<Owner, History> = BTreeMap::new();
        for posting in execution.receipts.iter().flat_map(|it| &it.postings) {
            let before = histories
                .get(&posting.owner)
                .copied()
                .unwrap_or_else(|| history(&self.state, posting.owner));
            let grown = before.with(posting).expect("few postings");
            histories.insert(posting.owner, grown);
        }
        for (owner, expected) in &histories {
            assert_eq!(history(&after, *owner), *expected, "history of {owner:?}");
        }
        let posted: BTreeSet<Vec<u8>> = histories
            .keys()
            .map(|it| owner_key(*it).to_bytes())
            .collect();
        for (key, value) in &execution.writes.records {
            if !crate::state::key::kinds::is_account_key(key) || posted.contains(key) {
                continue;
            }
            let minutes = |bytes: Option<Vec<u8>>| {
                bytes.map(|bytes| {
                    let record: AccountRecord =
                        codec::decode(&bytes, bytes.len()).expect("an account");
                    (
                        record.lots,
                        record.held,
                        record.honorary,
                        record.key,
                        record.kin,
                    )
                })
            };
            let before = self.state.read(key).expect("readable");
            assert_eq!(
                minutes(before),
                minutes(value.clone()),
                "changed without a posting"
            );
        }
    }

    /// Checks that every account counted the transactions of `block` that it began, whatever else was done to it since, and
    /// that no other count changed.
    fn check_begun(&self, block: &Block, execution: &Execution) {
        let day = Calendar::CHINA.day(block.header.time_ms);
        let mut begun: BTreeMap<AccountId, u64> = BTreeMap::new();
        for sealed in &block.transactions {
            if let Signer::Account(account) = sealed.transaction().signer {
                *begun.entry(account).or_default() += 1;
            }
        }
        for (key, value) in &execution.writes.records {
            let Some(account) = account_of_key(key) else {
                continue;
            };
            let value = value.as_ref().expect("no account is ever deleted");
            let record: AccountRecord = codec::decode(value, value.len()).expect("an account");
            let before: Option<AccountRecord> = self.load(&StateKey::Account(account));
            let before = before.map_or_else(DailyCount::default, |it| it.transactions_begun);
            let expected = match begun.remove(&account) {
                _ if record.status == AccountStatus::Closed => DailyCount::default(),
                None => before,
                Some(more) => DailyCount {
                    day,
                    count: before.on(day) + more,
                },
            };
            assert_eq!(record.transactions_begun, expected, "begun by {account}");
        }
        assert!(begun.is_empty(), "not counted: {begun:?}");
    }

    /// Lets `duration_ms` pass, and the chain do what falls due by then.
    pub(super) fn pass(&mut self, duration_ms: u64) {
        self.now_ms = self.block_time().plus_ms(duration_ms);
        let end_ms = self.now_ms;
        for _ in 0..DUE_BLOCKS_MAX {
            self.block(&[]);
            let due = next_due(&self.state).expect("readable");
            if due.is_none_or(|due| due > end_ms) {
                return;
            }
        }
        panic!("work is still due after {DUE_BLOCKS_MAX} blocks");
    }

    /// Changes records outside the rules, on both states: for what no operation can bring about.
    pub(super) fn arrange(&mut self, change: impl FnOnce(&mut Overlay<'_>)) {
        let writes = {
            let mut overlay = Overlay::new(&self.state);
            change(&mut overlay);
            overlay.keep();
            let (records, remembered, forgotten_hours) = overlay.into_changes();
            let tree = tree::update(&self.state, &records).expect("readable");
            StateWrites {
                records,
                remembered,
                forgotten_hours,
                tree,
            }
        };
        self.state.apply(&writes);
        self.replica.apply(&writes);
    }

    /// Gives the account called `name` minutes of `source`, as a grant would.
    pub(super) fn endow(
        &mut self,
        name: &str,
        minutes: Minutes,
        source: Source,
        expiry: Option<Day>,
    ) {
        let mut record = self.account(name);
        let lot = Lot {
            source,
            expiry,
            minutes,
        };
        record.lots.add(lot).expect("room for a lot");
        let mut supply = self.supply();
        supply.issued_grant = supply.issued_grant.plus(minutes).expect("few minutes");
        supply.spendable = supply.spendable.plus(minutes).expect("few minutes");
        let key = StateKey::Account(self.account_id(name));
        let month = StateKey::DistrictMonth(self.today().month(), record.home_district);
        let mut counted: DistrictMonth = self.load(&month).unwrap_or_default();
        counted.received = counted.received.plus(minutes).expect("few minutes");
        counted.granted = counted.granted.plus(minutes).expect("few minutes");
        self.arrange(|state| {
            state.store(&key, &record);
            state.store(&StateKey::Supply, &supply);
            state.store(&month, &counted);
        });
    }
}

/// Signs `transaction` by `parties`.
pub(super) fn seal(transaction: Transaction, parties: &[Party]) -> Arc<SealedEnvelope> {
    let signatures: Vec<SignedBy> = parties
        .iter()
        .map(|party| SignedBy {
            signer: party.signer,
            signature: transaction.sign(&party.key),
        })
        .collect();
    Arc::new(SealedEnvelope::new(Envelope::new(transaction, signatures)))
}

fn owner_key(owner: Owner) -> StateKey {
    match owner {
        Owner::Account(account) => StateKey::Account(account),
        Owner::Pool(pool) => StateKey::Pool(pool),
    }
}

fn history(state: &MemoryState, owner: Owner) -> History {
    let overlay = Overlay::new(state);
    let key = owner_key(owner);
    let found = match owner {
        Owner::Account(_) => {
            let record: Option<AccountRecord> = overlay.load(&key).expect("readable");
            record.map(|record| record.history)
        }
        Owner::Pool(_) => {
            let record: Option<PoolRecord> = overlay.load(&key).expect("readable");
            record.map(|record| record.history)
        }
    };
    found.unwrap_or(History::EMPTY)
}
