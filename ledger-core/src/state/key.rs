//! Keys of the state: a tag byte and big-endian fields, so that the order of bytes is the order of the fields.

mod alone;
mod bytes;
#[cfg(test)]
pub(crate) mod kinds;
mod reading;

pub use alone::{is_listed, stands_alone};
pub use bytes::{KEY_BYTES_MAX, KeyBytes};

use borsh::{BorshDeserialize, BorshSerialize};

use crate::certificate::VoteStep;
use crate::codec;
use crate::hash::Hash;
use crate::id::{AccountId, BudgetId, Height, OrderId, OrganisationId, ServiceCode, StaffId};
use crate::record::budget::PoolId;
use crate::record::daily_count::CountedSigner;
use crate::record::policy::PolicyParameter;
use crate::record::proxy::ProxyHolder;
use crate::time::{Calendar, Day, Month, TimestampMs};
use crate::validator::ValidatorAddress;

/// The name of a record; beside each variant, the record's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StateKey {
    /// [`crate::record::chain::ChainRecord`].
    Chain,
    /// [`crate::record::chain::ValidatorsRecord`].
    Validators,
    /// [`crate::record::supply::SupplyRecord`].
    Supply,
    /// [`crate::record::organisation::OrganisationRecord`].
    Organisation(OrganisationId),
    /// [`crate::record::organisation::StaffRecord`].
    Staff(StaffId),
    /// [`crate::record::policy::PolicyHistory`].
    Policy(OrganisationId, PolicyParameter),
    /// [`crate::record::policy::CatalogueHistory`].
    Catalogue(ServiceCode),
    /// [`crate::record::account::AccountRecord`].
    Account(AccountId),
    /// The [`AccountId`] opened with this commitment.
    Identity(Hash),
    /// [`crate::record::kin::KinRecord`]: what the second is to the first.
    Kin(AccountId, AccountId),
    /// [`crate::record::proxy::ProxyRecord`].
    Proxy(AccountId, ProxyHolder),
    /// [`crate::record::account::ItemCatalogue`] of a merchant.
    Items(AccountId),
    /// [`crate::record::budget::BudgetRecord`].
    Budget(BudgetId),
    /// [`crate::record::budget::PoolRecord`].
    Pool(PoolId),
    /// [`crate::record::order::OrderRecord`].
    Order(OrderId),
    /// [`crate::record::order::ProviderDay`].
    ProviderDay(AccountId, Day),
    /// [`crate::amount::Minutes`] one provider served one recipient in a month.
    PairMonth(AccountId, AccountId, Month),
    /// [`crate::record::daily_count::DailyCount`] of the transactions a staff entry began, or of the pieces of evidence
    /// recorded against a validator.
    SignerDay(CountedSigner),
    /// [`crate::record::chain::RememberedHour`].
    RememberedHour(u64),
    /// [`crate::record::chain::EvidenceRecord`].
    Evidence(ValidatorAddress, Height, u32, VoteStep),
    /// A [`DueEntry`].
    Due(DueEntry),
    /// [`crate::record::account::Members`] of a group.
    Members(AccountId),
    /// [`crate::record::recovery::RecoveryRecord`].
    Recovery(AccountId),
    /// [`crate::record::chain::UpgradeRecord`]: the last one announced.
    Upgrade,
    /// [`crate::record::clearing::Flow`] of a month from one district to another.
    Flow(Month, OrganisationId, OrganisationId),
    /// [`crate::amount::Minutes`] that moved home in a month from one district to another.
    HomeMoves(Month, OrganisationId, OrganisationId),
    /// [`crate::record::clearing::DistrictMonth`].
    DistrictMonth(Month, OrganisationId),
    /// [`crate::record::clearing::ClearingRecord`] of a closed month.
    Clearing(Month),
    /// [`crate::record::clearing::ClearingCosignatures`] of a closed month.
    ClearingCosignatures(Month),
    /// [`crate::record::reserve::ReserveQueue`]: who waits for minutes of a reserve pool.
    ReserveQueue(PoolId),
    /// [`crate::record::reserve::ReserveClaim`], one of a queue, by its number.
    ReserveClaim(PoolId, u64),
    /// [`crate::record::clearing::MonthEnd`] of a month that is over and not closed yet.
    MonthEnd(Month),
    /// The [`TimestampMs`] at which a kin link between two people, the lesser id first, ended last.
    PastKin(AccountId, AccountId),
    /// [`crate::record::membership::Membership`], exactly while the account is an active person's with a key.
    Membership(AccountId),
    /// [`crate::record::service_record::ServiceRecord`] of a person who has given anything.
    ServiceRecord(AccountId),
    /// [`crate::record::service_record::ServiceYear`] of a person, by the calendar year.
    ServiceYear(AccountId, u32),
}

/// Work the chain does by itself at its time.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct DueEntry {
    /// When it falls due.
    pub due_ms: TimestampMs,
    /// What is done.
    pub work: DueWork,
}

impl DueEntry {
    /// The close of `month`, as soon as it is over.
    pub fn month_close(calendar: Calendar, month: Month) -> DueEntry {
        DueEntry {
            due_ms: calendar.end_of_month(month),
            work: DueWork::CloseMonth(month),
        }
    }
}

/// What the chain does by itself. The order of variants is the order within one instant.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub enum DueWork {
    /// Pays a verified order.
    Settle(OrderId),
    /// Lets an order nobody started lapse.
    Lapse(OrderId),
    /// Forgets the ids that expired in an hour.
    Forget(u64),
    /// Expires an account's lots of a day that has passed.
    Expire(AccountId, Day),
    /// Ends a recovery whose delay has passed.
    Recover(AccountId),
    /// Pays the split of a dispute that was decided.
    SettleDecision(OrderId),
    /// Tells the district that an order was not verified in time.
    Escalate(OrderId),
    /// Forgets an ended order.
    ForgetOrder(OrderId),
    /// Forgets a provider's day that no service can fall on any more.
    ForgetDay(AccountId, Day),
    /// Closes a month.
    CloseMonth(Month),
    /// Serves those who still wait for minutes of a reserve pool that has some.
    ServeReserve(PoolId),
    /// Forgets that two people, the lesser id first, were kin.
    ForgetKin(AccountId, AccountId),
}

const TAG_DUE: u8 = 20;
const TAG_ORGANISATION: u8 = 3;
const TAG_STAFF: u8 = 4;
const TAG_CATALOGUE: u8 = 6;
const TAG_ACCOUNT: u8 = 7;
const TAG_IDENTITY: u8 = 8;
const TAG_KIN: u8 = 9;
const TAG_PROXY: u8 = 10;
const TAG_ITEMS: u8 = 11;
const TAG_BUDGET: u8 = 12;
const TAG_POOL: u8 = 13;
const TAG_ORDER: u8 = 14;
const TAG_PROVIDER_DAY: u8 = 15;
const TAG_PAIR_MONTH: u8 = 16;
const TAG_SIGNER_DAY: u8 = 17;
const TAG_EVIDENCE: u8 = 19;
const TAG_MEMBERS: u8 = 21;
const TAG_RECOVERY: u8 = 22;
const TAG_FLOW: u8 = 24;
const TAG_HOME_MOVES: u8 = 25;
const TAG_DISTRICT_MONTH: u8 = 26;
const TAG_CLEARING: u8 = 27;
const TAG_RESERVE_QUEUE: u8 = 29;
const TAG_RESERVE_CLAIM: u8 = 30;
const TAG_PAST_KIN: u8 = 32;
const TAG_MEMBERSHIP: u8 = 33;
const TAG_SERVICE_RECORD: u8 = 34;
const TAG_SERVICE_YEAR: u8 = 35;

impl StateKey {
    /// The key's bytes, on the heap.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.bytes().to_vec()
    }

    /// The key's bytes.
    pub fn bytes(&self) -> KeyBytes {
        match self {
            StateKey::Chain => join(0, &[]),
            StateKey::Validators => join(1, &[]),
            StateKey::Supply => join(2, &[]),
            StateKey::Organisation(id) => join(TAG_ORGANISATION, &[&id.0.to_be_bytes()]),
            StateKey::Staff(id) => join(TAG_STAFF, &[&staff_bytes(id)]),
            StateKey::Policy(scope, parameter) => {
                join(5, &[&scope.0.to_be_bytes(), &KeyBytes::encoding(parameter)])
            }
            StateKey::Catalogue(code) => join(TAG_CATALOGUE, &[&code.0.to_be_bytes()]),
            StateKey::Account(id) => join(TAG_ACCOUNT, &[&id.0]),
            StateKey::Identity(commitment) => join(TAG_IDENTITY, &[commitment.as_bytes()]),
            StateKey::Kin(account, kin) => join(TAG_KIN, &[&account.0, &kin.0]),
            StateKey::Proxy(principal, ProxyHolder::Account(id)) => {
                join(TAG_PROXY, &[&principal.0, &[0], &id.0])
            }
            StateKey::Proxy(principal, ProxyHolder::Clerk(id)) => {
                join(TAG_PROXY, &[&principal.0, &[1], &staff_bytes(id)])
            }
            StateKey::Items(merchant) => join(TAG_ITEMS, &[&merchant.0]),
            StateKey::Budget(id) => join(TAG_BUDGET, &[&id.0]),
            StateKey::Pool(id) => join(TAG_POOL, &[&pool_bytes(id)]),
            StateKey::Order(id) => join(TAG_ORDER, &[&id.0]),
            StateKey::ProviderDay(provider, day) => {
                join(TAG_PROVIDER_DAY, &[&provider.0, &day.0.to_be_bytes()])
            }
            StateKey::PairMonth(provider, recipient, month) => join(
                TAG_PAIR_MONTH,
                &[&provider.0, &recipient.0, &month.0.to_be_bytes()],
            ),
            StateKey::SignerDay(counted) => {
                join(TAG_SIGNER_DAY, &[&KeyBytes::encoding(&counted.signer())])
            }
            StateKey::RememberedHour(hour) => join(18, &[&hour.to_be_bytes()]),
            StateKey::Evidence(validator, height, round, step) => join(
                TAG_EVIDENCE,
                &[
                    &validator.0,
                    &height.0.to_be_bytes(),
                    &round.to_be_bytes(),
                    &KeyBytes::encoding(step),
                ],
            ),
            StateKey::Due(entry) => due_bytes(entry),
            StateKey::Members(group) => join(TAG_MEMBERS, &[&group.0]),
            StateKey::Recovery(account) => join(TAG_RECOVERY, &[&account.0]),
            StateKey::Upgrade => join(23, &[]),
            StateKey::Flow(month, from, to) => join(
                TAG_FLOW,
                &[
                    &month.0.to_be_bytes(),
                    &from.0.to_be_bytes(),
                    &to.0.to_be_bytes(),
                ],
            ),
            StateKey::HomeMoves(month, from, to) => join(
                TAG_HOME_MOVES,
                &[
                    &month.0.to_be_bytes(),
                    &from.0.to_be_bytes(),
                    &to.0.to_be_bytes(),
                ],
            ),
            StateKey::DistrictMonth(month, district) => join(
                TAG_DISTRICT_MONTH,
                &[&month.0.to_be_bytes(), &district.0.to_be_bytes()],
            ),
            StateKey::Clearing(month) => join(TAG_CLEARING, &[&month.0.to_be_bytes()]),
            StateKey::ClearingCosignatures(month) => join(28, &[&month.0.to_be_bytes()]),
            StateKey::ReserveQueue(pool) => join(TAG_RESERVE_QUEUE, &[&pool_bytes(pool)]),
            StateKey::ReserveClaim(pool, number) => join(
                TAG_RESERVE_CLAIM,
                &[&pool_bytes(pool), &number.to_be_bytes()],
            ),
            StateKey::MonthEnd(month) => join(31, &[&month.0.to_be_bytes()]),
            StateKey::PastKin(one, other) => join(TAG_PAST_KIN, &[&one.0, &other.0]),
            StateKey::Membership(account) => join(TAG_MEMBERSHIP, &[&account.0]),
            StateKey::ServiceRecord(account) => join(TAG_SERVICE_RECORD, &[&account.0]),
            StateKey::ServiceYear(account, year) => {
                join(TAG_SERVICE_YEAR, &[&account.0, &year.to_be_bytes()])
            }
        }
    }

    /// The range of all due entries up to and including `until_ms`.
    pub fn due_range(until_ms: TimestampMs) -> (Vec<u8>, Vec<u8>) {
        (
            vec![TAG_DUE],
            join(TAG_DUE, &[&until_ms.0.saturating_add(1).to_be_bytes()]).to_vec(),
        )
    }

    /// The range of all organisations, for listings.
    pub fn organisation_range() -> (Vec<u8>, Vec<u8>) {
        tag_range(TAG_ORGANISATION)
    }

    /// The range of the staff of one organisation, for listings.
    pub fn staff_range(organisation: OrganisationId) -> (Vec<u8>, Vec<u8>) {
        let from = organisation.0.to_be_bytes();
        let to = organisation.0.saturating_add(1).to_be_bytes();
        (
            join(TAG_STAFF, &[&from]).to_vec(),
            join(TAG_STAFF, &[&to]).to_vec(),
        )
    }

    /// The range of all accounts.
    pub fn account_range() -> (Vec<u8>, Vec<u8>) {
        tag_range(TAG_ACCOUNT)
    }

    /// The range of all years of one person's service record, for listings.
    pub fn service_years_range(account: AccountId) -> (Vec<u8>, Vec<u8>) {
        (
            join(TAG_SERVICE_YEAR, &[&account.0]).to_vec(),
            join(TAG_SERVICE_YEAR, &[&account.0, &[u8::MAX; 5]]).to_vec(),
        )
    }

    /// The range of the whole catalogue, for listings.
    pub fn catalogue_range() -> (Vec<u8>, Vec<u8>) {
        tag_range(TAG_CATALOGUE)
    }

    /// The range of all orders, for listings.
    pub fn order_range() -> (Vec<u8>, Vec<u8>) {
        tag_range(TAG_ORDER)
    }

    /// The range of all flows of one month.
    pub fn flow_range(month: Month) -> (Vec<u8>, Vec<u8>) {
        month_range(TAG_FLOW, month)
    }

    /// The range of all balances that moved home in one month.
    pub fn home_moves_range(month: Month) -> (Vec<u8>, Vec<u8>) {
        month_range(TAG_HOME_MOVES, month)
    }

    /// The range of all districts' figures of one month.
    pub fn district_month_range(month: Month) -> (Vec<u8>, Vec<u8>) {
        month_range(TAG_DISTRICT_MONTH, month)
    }

    /// The range of all closed months, for listings.
    pub fn clearing_range() -> (Vec<u8>, Vec<u8>) {
        tag_range(TAG_CLEARING)
    }

    /// The range of all evidence, for listings.
    pub fn evidence_range() -> (Vec<u8>, Vec<u8>) {
        tag_range(TAG_EVIDENCE)
    }
}

/// The organisation an organisation's key names; none when the bytes are not such a key.
pub fn organisation_of_key(key: &[u8]) -> Option<OrganisationId> {
    let rest = key.strip_prefix(&[TAG_ORGANISATION])?;
    Some(OrganisationId(u64::from_be_bytes(rest.try_into().ok()?)))
}

/// The staff entry a staff entry's key names; none when the bytes are not such a key.
pub fn staff_of_key(key: &[u8]) -> Option<StaffId> {
    let rest = key.strip_prefix(&[TAG_STAFF])?;
    let (organisation, number) = rest.split_first_chunk()?;
    let organisation = OrganisationId(u64::from_be_bytes(*organisation));
    Some(StaffId {
        organisation,
        number: u32::from_be_bytes(number.try_into().ok()?),
    })
}

/// The service code a catalogue's key names; none when the bytes are not such a key.
pub fn service_of_key(key: &[u8]) -> Option<ServiceCode> {
    let rest = key.strip_prefix(&[TAG_CATALOGUE])?;
    Some(ServiceCode(u16::from_be_bytes(rest.try_into().ok()?)))
}

/// The order an order's key names; none when the bytes are not such a key.
pub fn order_of_key(key: &[u8]) -> Option<OrderId> {
    Some(OrderId(key.strip_prefix(&[TAG_ORDER])?.try_into().ok()?))
}

/// The two districts a flow's key, or that of balances that moved home, names; none when the bytes are not such a key.
pub fn districts_of_month_key(key: &[u8]) -> Option<(OrganisationId, OrganisationId)> {
    let (tag, rest) = key.split_first()?;
    if ![TAG_FLOW, TAG_HOME_MOVES].contains(tag) {
        return None;
    }
    let (_month, rest) = rest.split_first_chunk::<4>()?;
    let (from, to) = rest.split_first_chunk()?;
    let to = OrganisationId(u64::from_be_bytes(to.try_into().ok()?));
    Some((OrganisationId(u64::from_be_bytes(*from)), to))
}

/// The district whose figures of a month a key names; none when the bytes are not such a key.
pub fn district_of_month_key(key: &[u8]) -> Option<OrganisationId> {
    let rest = key.strip_prefix(&[TAG_DISTRICT_MONTH])?;
    let (_month, district) = rest.split_first_chunk::<4>()?;
    Some(OrganisationId(u64::from_be_bytes(
        district.try_into().ok()?,
    )))
}

/// The vote an offence's key names; none when the bytes are not such a key.
pub fn evidence_of_key(key: &[u8]) -> Option<(ValidatorAddress, Height, u32, VoteStep)> {
    let rest = key.strip_prefix(&[TAG_EVIDENCE])?;
    let (validator, rest) = rest.split_first_chunk()?;
    let (height, rest) = rest.split_first_chunk()?;
    let (round, step) = rest.split_first_chunk()?;
    let step = codec::decode(step, 1).ok()?;
    Some((
        ValidatorAddress(*validator),
        Height(u64::from_be_bytes(*height)),
        u32::from_be_bytes(*round),
        step,
    ))
}

fn pool_bytes(id: &PoolId) -> KeyBytes {
    let mut bytes = KeyBytes::default();
    bytes.push(&id.organisation.0.to_be_bytes());
    bytes.push(&KeyBytes::encoding(&id.kind));
    bytes
}

fn tag_range(tag: u8) -> (Vec<u8>, Vec<u8>) {
    (vec![tag], vec![tag.saturating_add(1)])
}

fn month_range(tag: u8, month: Month) -> (Vec<u8>, Vec<u8>) {
    (
        join(tag, &[&month.0.to_be_bytes()]).to_vec(),
        join(tag, &[&month.next().0.to_be_bytes()]).to_vec(),
    )
}

/// The key of work that falls due: by its instant, then its kind.
fn due_bytes(entry: &DueEntry) -> KeyBytes {
    let due = entry.due_ms.0.to_be_bytes();
    match entry.work {
        DueWork::Settle(order) => join(TAG_DUE, &[&due, &[0], &order.0]),
        DueWork::Lapse(order) => join(TAG_DUE, &[&due, &[1], &order.0]),
        DueWork::Forget(hour) => join(TAG_DUE, &[&due, &[2], &hour.to_be_bytes()]),
        DueWork::Expire(account, day) => {
            join(TAG_DUE, &[&due, &[3], &account.0, &day.0.to_be_bytes()])
        }
        DueWork::Recover(account) => join(TAG_DUE, &[&due, &[4], &account.0]),
        DueWork::SettleDecision(order) => join(TAG_DUE, &[&due, &[5], &order.0]),
        DueWork::Escalate(order) => join(TAG_DUE, &[&due, &[6], &order.0]),
        DueWork::ForgetOrder(order) => join(TAG_DUE, &[&due, &[7], &order.0]),
        DueWork::ForgetDay(account, day) => {
            join(TAG_DUE, &[&due, &[8], &account.0, &day.0.to_be_bytes()])
        }
        DueWork::CloseMonth(month) => join(TAG_DUE, &[&due, &[9], &month.0.to_be_bytes()]),
        DueWork::ServeReserve(pool) => join(TAG_DUE, &[&due, &[10], &pool_bytes(&pool)]),
        DueWork::ForgetKin(one, other) => join(TAG_DUE, &[&due, &[11], &one.0, &other.0]),
    }
}

fn staff_bytes(id: &StaffId) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[..8].copy_from_slice(&id.organisation.0.to_be_bytes());
    bytes[8..].copy_from_slice(&id.number.to_be_bytes());
    bytes
}

fn join(tag: u8, parts: &[&[u8]]) -> KeyBytes {
    let mut bytes = KeyBytes::default();
    bytes.push(&[tag]);
    for part in parts {
        bytes.push(part);
    }
    bytes
}

/// The account an account's key names; none when the bytes are not such a key.
pub fn account_of_key(key: &[u8]) -> Option<AccountId> {
    Some(AccountId(
        key.strip_prefix(&[TAG_ACCOUNT])?.try_into().ok()?,
    ))
}

/// The account and the year of whose service record a key names; none when the bytes are not such a key.
pub fn service_year_of_key(key: &[u8]) -> Option<(AccountId, u32)> {
    let rest = key.strip_prefix(&[TAG_SERVICE_YEAR])?;
    let (account, year) = rest.split_first_chunk::<20>()?;
    Some((
        AccountId(*account),
        u32::from_be_bytes(year.try_into().ok()?),
    ))
}
