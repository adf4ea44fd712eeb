//! What the ledger's records say, decoded once: for comparison with the model, and for choosing what is plausible next.

use std::collections::{BTreeMap, BTreeSet};

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::codec;
use ledger_core::genesis::Genesis;
use ledger_core::id::{AccountId, BudgetId, OrderId, OrganisationId, StaffId};
use ledger_core::record::account::{AccountRecord, ItemCatalogue, Members};
use ledger_core::record::budget::{BudgetRecord, PoolId, PoolRecord};
use ledger_core::record::clearing::{ClearingCosignatures, ClearingRecord};
use ledger_core::record::kin::KinRecord;
use ledger_core::record::membership::Membership;
use ledger_core::record::order::OrderRecord;
use ledger_core::record::organisation::{OrganisationRecord, StaffRecord};
use ledger_core::record::proxy::{ProxyHolder, ProxyRecord};
use ledger_core::record::recovery::RecoveryRecord;
use ledger_core::record::reserve::{ReserveClaim, ReserveQueue};
use ledger_core::record::service_record::{ServiceRecord, ServiceYear};
use ledger_core::record::supply::SupplyRecord;
use ledger_core::signature::PublicKey;
use ledger_core::state::key::{order_of_key, organisation_of_key, staff_of_key};
use ledger_core::state::{RecordChanges, StateKey};
use ledger_core::time::Month;
use ledger_core::transaction::Signer;

/// Records by what they are about.
#[derive(Clone, Debug)]
pub struct Books {
    /// The city.
    pub city: OrganisationId,
    /// Everything.
    pub supply: SupplyRecord,
    /// Offices.
    pub organisations: BTreeMap<OrganisationId, OrganisationRecord>,
    /// Staff entries.
    pub staff: BTreeMap<StaffId, StaffRecord>,
    /// Accounts.
    pub accounts: BTreeMap<AccountId, AccountRecord>,
    /// What accounts show to strangers.
    pub memberships: BTreeMap<AccountId, Membership>,
    /// What people have given.
    pub service_records: BTreeMap<AccountId, ServiceRecord>,
    /// What people gave in each year.
    pub service_years: BTreeMap<(AccountId, u32), ServiceYear>,
    /// Kin links, in both directions.
    pub kin: BTreeMap<(AccountId, AccountId), KinRecord>,
    /// Proxies by principal.
    pub proxies: BTreeMap<(AccountId, ProxyHolder), ProxyRecord>,
    /// Guardians and recoveries.
    pub recoveries: BTreeMap<AccountId, RecoveryRecord>,
    /// Merchants' items.
    pub items: BTreeMap<AccountId, ItemCatalogue>,
    /// Groups' members.
    pub members: BTreeMap<AccountId, Members>,
    /// Budget lines.
    pub budgets: BTreeMap<BudgetId, BudgetRecord>,
    /// Pools.
    pub pools: BTreeMap<PoolId, PoolRecord>,
    /// Orders.
    pub orders: BTreeMap<OrderId, OrderRecord>,
    /// Who waits for reserve pools, in which order.
    pub queues: BTreeMap<PoolId, ReserveQueue>,
    /// Each who waits, by pool and number.
    pub claims: BTreeMap<(PoolId, u64), ReserveClaim>,
    /// Closed months.
    pub clearings: BTreeMap<Month, ClearingRecord>,
    /// Who confirmed them.
    pub cosignatures: BTreeMap<Month, ClearingCosignatures>,
    tags: Tags,
}

/// What a record is about, where it is one of those compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// An account, its items or members.
    Account(AccountId),
    /// An order.
    Order(OrderId),
    /// A budget line.
    Budget(BudgetId),
    /// A pool, or who waits for it.
    Pool(PoolId),
    /// A closed month.
    Clearing(Month),
}

/// The first bytes of the keys of some kinds of record, learnt from keys of that kind.
#[derive(Clone, Copy, Debug)]
struct Tags {
    supply: u8,
    account: u8,
    membership: u8,
    service_record: u8,
    service_year: u8,
    kin: u8,
    proxy: u8,
    recovery: u8,
    items: u8,
    members: u8,
    budget: u8,
    pool: u8,
    clearing: u8,
    cosignatures: u8,
    queue: u8,
    claim: u8,
}

impl Tags {
    fn new() -> Tags {
        let account = AccountId([0; 20]);
        let proxy = ProxyHolder::Account(account);
        let pool = PoolId {
            organisation: OrganisationId(0),
            kind: ledger_core::record::budget::PoolKind::Donation,
        };
        let tag = |key: StateKey| key.to_bytes()[0];
        Tags {
            supply: tag(StateKey::Supply),
            account: tag(StateKey::Account(account)),
            membership: tag(StateKey::Membership(account)),
            service_record: tag(StateKey::ServiceRecord(account)),
            service_year: tag(StateKey::ServiceYear(account, 0)),
            kin: tag(StateKey::Kin(account, account)),
            proxy: tag(StateKey::Proxy(account, proxy)),
            recovery: tag(StateKey::Recovery(account)),
            items: tag(StateKey::Items(account)),
            members: tag(StateKey::Members(account)),
            budget: tag(StateKey::Budget(BudgetId([0; 20]))),
            pool: tag(StateKey::Pool(pool)),
            queue: tag(StateKey::ReserveQueue(pool)),
            claim: tag(StateKey::ReserveClaim(pool, 0)),
            clearing: tag(StateKey::Clearing(Month(0))),
            cosignatures: tag(StateKey::ClearingCosignatures(Month(0))),
        }
    }
}

impl Books {
    /// Before anything was written.
    pub fn new(genesis: &Genesis) -> Books {
        Books {
            city: genesis.city().expect("a genesis has a city"),
            supply: SupplyRecord::default(),
            organisations: BTreeMap::new(),
            staff: BTreeMap::new(),
            accounts: BTreeMap::new(),
            memberships: BTreeMap::new(),
            service_records: BTreeMap::new(),
            service_years: BTreeMap::new(),
            kin: BTreeMap::new(),
            proxies: BTreeMap::new(),
            recoveries: BTreeMap::new(),
            items: BTreeMap::new(),
            members: BTreeMap::new(),
            budgets: BTreeMap::new(),
            pools: BTreeMap::new(),
            orders: BTreeMap::new(),
            queues: BTreeMap::new(),
            claims: BTreeMap::new(),
            clearings: BTreeMap::new(),
            cosignatures: BTreeMap::new(),
            tags: Tags::new(),
        }
    }

    /// Takes in what a block changed; tells what that is about.
    pub fn follow(&mut self, changes: &RecordChanges) -> BTreeSet<Item> {
        changes
            .iter()
            .filter_map(|(key, value)| self.change(key, value.as_deref()))
            .collect()
    }

    fn change(&mut self, key: &[u8], value: Option<&[u8]>) -> Option<Item> {
        if let Some(order) = order_of_key(key) {
            set(&mut self.orders, order, value);
            return Some(Item::Order(order));
        }
        if let Some(staff) = staff_of_key(key) {
            set(&mut self.staff, staff, value);
            return None;
        }
        if let Some(organisation) = organisation_of_key(key) {
            set(&mut self.organisations, organisation, value);
            return None;
        }
        self.change_tagged(key[0], &key[1..], value)
    }

    /// The records whose keys are told apart by their first byte alone.
    fn change_tagged(&mut self, tag: u8, rest: &[u8], value: Option<&[u8]>) -> Option<Item> {
        let tags = self.tags;
        match tag {
            tag if tag == tags.supply => {
                if let Some(value) = value {
                    self.supply = decode(value);
                }
                None
            }
            tag if tag == tags.account => {
                let account = AccountId(fixed(rest));
                set(&mut self.accounts, account, value);
                Some(Item::Account(account))
            }
            tag if tag == tags.membership => {
                let account = AccountId(fixed(rest));
                set(&mut self.memberships, account, value);
                Some(Item::Account(account))
            }
            tag if tag == tags.service_record => {
                let account = AccountId(fixed(rest));
                set(&mut self.service_records, account, value);
                Some(Item::Account(account))
            }
            tag if tag == tags.service_year => {
                let account = AccountId(fixed(rest));
                let year = u32::from_be_bytes(fixed(&rest[20..]));
                set(&mut self.service_years, (account, year), value);
                Some(Item::Account(account))
            }
            tag if tag == tags.kin => {
                let pair = (AccountId(fixed(rest)), AccountId(fixed(&rest[20..])));
                set(&mut self.kin, pair, value);
                None
            }
            tag if tag == tags.proxy => {
                let pair = (AccountId(fixed(rest)), proxy_holder(&rest[20..]));
                set(&mut self.proxies, pair, value);
                None
            }
            tag if tag == tags.recovery => {
                set(&mut self.recoveries, AccountId(fixed(rest)), value);
                None
            }
            tag if tag == tags.items => {
                set(&mut self.items, AccountId(fixed(rest)), value);
                None
            }
            tag if tag == tags.members => {
                let group = AccountId(fixed(rest));
                set(&mut self.members, group, value);
                Some(Item::Account(group))
            }
            tag if tag == tags.budget => {
                let line = BudgetId(fixed(rest));
                set(&mut self.budgets, line, value);
                Some(Item::Budget(line))
            }
            tag if tag == tags.pool => {
                set(&mut self.pools, pool_of(rest), value);
                Some(Item::Pool(pool_of(rest)))
            }
            tag if tag == tags.queue => {
                set(&mut self.queues, pool_of(rest), value);
                Some(Item::Pool(pool_of(rest)))
            }
            tag if tag == tags.claim => {
                let number = u64::from_be_bytes(fixed(&rest[9..]));
                set(&mut self.claims, (pool_of(rest), number), value);
                Some(Item::Pool(pool_of(rest)))
            }
            tag if tag == tags.clearing => {
                let month = Month(u32::from_be_bytes(fixed(rest)));
                set(&mut self.clearings, month, value);
                Some(Item::Clearing(month))
            }
            tag if tag == tags.cosignatures => {
                let month = Month(u32::from_be_bytes(fixed(rest)));
                set(&mut self.cosignatures, month, value);
                Some(Item::Clearing(month))
            }
            _ => None,
        }
    }

    /// Whether `organisation` is `target` or above it.
    pub fn covers(&self, organisation: OrganisationId, target: OrganisationId) -> bool {
        let mut current = Some(target);
        while let Some(at) = current {
            if at == organisation {
                return true;
            }
            current = self.organisations.get(&at).and_then(|it| it.parent);
        }
        false
    }

    /// Whether `organisation` covers `place` or lies within it.
    pub fn serves(&self, organisation: OrganisationId, place: OrganisationId) -> bool {
        self.covers(organisation, place) || self.covers(place, organisation)
    }

    /// The kin of `account`.
    pub fn kin_of(&self, account: AccountId) -> impl Iterator<Item = AccountId> {
        self.kin
            .range((account, AccountId([0; 20]))..=(account, AccountId([255; 20])))
            .map(|((_, kin), _)| *kin)
    }

    /// The proxies of `principal`.
    pub fn proxies_of(&self, principal: AccountId) -> impl Iterator<Item = ProxyHolder> {
        let first = ProxyHolder::Account(AccountId([0; 20]));
        self.proxies
            .range((principal, first)..)
            .take_while(move |((of, _), _)| *of == principal)
            .map(|((_, holder), _)| *holder)
    }

    /// The key on the ledger of whoever signs.
    pub fn key_of(&self, signer: Signer) -> Option<PublicKey> {
        match signer {
            Signer::Account(account) => self.accounts.get(&account).and_then(|it| it.key),
            Signer::Staff(staff) => self.staff.get(&staff).map(|it| it.key),
            Signer::Key(key) => Some(key),
        }
    }

    /// What `account` can spend.
    pub fn spendable(&self, account: AccountId) -> u64 {
        let record = self.accounts.get(&account);
        record.map_or(0, |it| {
            it.lots.as_slice().iter().map(|lot| lot.minutes.0).sum()
        })
    }
}

fn proxy_holder(bytes: &[u8]) -> ProxyHolder {
    match bytes[0] {
        0 => ProxyHolder::Account(AccountId(fixed(&bytes[1..]))),
        _ => ProxyHolder::Clerk(StaffId {
            organisation: OrganisationId(u64::from_be_bytes(fixed(&bytes[1..]))),
            number: u32::from_be_bytes(fixed(&bytes[9..])),
        }),
    }
}

fn pool_of(bytes: &[u8]) -> PoolId {
    PoolId {
        organisation: OrganisationId(u64::from_be_bytes(fixed(bytes))),
        kind: decode(&bytes[8..9]),
    }
}

fn set<K: Ord, T: BorshSerialize + BorshDeserialize>(
    map: &mut BTreeMap<K, T>,
    key: K,
    value: Option<&[u8]>,
) {
    match value {
        Some(value) => map.insert(key, decode(value)),
        None => map.remove(&key),
    };
}

fn decode<T: BorshSerialize + BorshDeserialize>(bytes: &[u8]) -> T {
    codec::decode(bytes, bytes.len()).expect("the ledger wrote it")
}

fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
    *bytes
        .first_chunk()
        .expect("keys of the state are of fixed length")
}
