//! A key from its bytes: for whoever finds bytes and wants to say what they name. No rule reads keys this way.

use super::{
    DueEntry, DueWork, StateKey, TAG_ACCOUNT, TAG_BUDGET, TAG_CATALOGUE, TAG_CLEARING,
    TAG_DISTRICT_MONTH, TAG_DUE, TAG_EVIDENCE, TAG_FLOW, TAG_HOME_MOVES, TAG_IDENTITY, TAG_ITEMS,
    TAG_KIN, TAG_MEMBERS, TAG_MEMBERSHIP, TAG_ORDER, TAG_ORGANISATION, TAG_PAIR_MONTH,
    TAG_PAST_KIN, TAG_POOL, TAG_PROVIDER_DAY, TAG_PROXY, TAG_RECOVERY, TAG_RESERVE_CLAIM,
    TAG_RESERVE_QUEUE, TAG_SERVICE_RECORD, TAG_SERVICE_YEAR, TAG_SIGNER_DAY, TAG_STAFF,
    evidence_of_key,
};
use crate::codec;
use crate::hash::Hash;
use crate::id::{AccountId, BudgetId, OrderId, OrganisationId, ServiceCode, StaffId};
use crate::record::budget::PoolId;
use crate::record::daily_count::CountedSigner;
use crate::record::proxy::ProxyHolder;
use crate::time::{Day, Month, TimestampMs};

/// The longest text of a key's part that is encoded and not laid out, in bytes.
const PART_BYTES_MAX: usize = 256;

impl StateKey {
    /// The key with these bytes; none when they are none this program knows.
    pub fn of_bytes(bytes: &[u8]) -> Option<StateKey> {
        let (tag, rest) = bytes.split_first()?;
        let mut rest = Rest(rest);
        let key = rest.key(*tag, bytes)?;
        // Exact: nothing is left over, and the key has these bytes and no others.
        (key.to_bytes() == bytes).then_some(key)
    }
}

/// What is left of a key.
struct Rest<'b>(&'b [u8]);

impl Rest<'_> {
    fn key(&mut self, tag: u8, bytes: &[u8]) -> Option<StateKey> {
        Some(match tag {
            0 => StateKey::Chain,
            1 => StateKey::Validators,
            2 => StateKey::Supply,
            TAG_ORGANISATION => StateKey::Organisation(self.organisation()?),
            TAG_STAFF => StateKey::Staff(self.staff()?),
            5 => StateKey::Policy(
                self.organisation()?,
                codec::decode(self.0, PART_BYTES_MAX).ok()?,
            ),
            TAG_CATALOGUE => StateKey::Catalogue(ServiceCode(u16::from_be_bytes(self.take()?))),
            TAG_ACCOUNT => StateKey::Account(self.account()?),
            TAG_IDENTITY => StateKey::Identity(Hash(self.take()?)),
            TAG_KIN => StateKey::Kin(self.account()?, self.account()?),
            TAG_PROXY => StateKey::Proxy(self.account()?, self.holder()?),
            TAG_ITEMS => StateKey::Items(self.account()?),
            TAG_BUDGET => StateKey::Budget(BudgetId(self.take()?)),
            TAG_POOL => StateKey::Pool(self.pool()?),
            TAG_ORDER => StateKey::Order(self.order()?),
            TAG_PROVIDER_DAY => StateKey::ProviderDay(self.account()?, self.day()?),
            TAG_PAIR_MONTH => StateKey::PairMonth(self.account()?, self.account()?, self.month()?),
            TAG_SIGNER_DAY => {
                let signer = codec::decode(self.0, PART_BYTES_MAX).ok()?;
                StateKey::SignerDay(CountedSigner::of(signer)?)
            }
            18 => StateKey::RememberedHour(self.number()?),
            TAG_EVIDENCE => {
                let (validator, height, round, step) = evidence_of_key(bytes)?;
                StateKey::Evidence(validator, height, round, step)
            }
            TAG_DUE => StateKey::Due(self.due()?),
            TAG_MEMBERS => StateKey::Members(self.account()?),
            TAG_RECOVERY => StateKey::Recovery(self.account()?),
            23 => StateKey::Upgrade,
            TAG_FLOW => StateKey::Flow(self.month()?, self.organisation()?, self.organisation()?),
            TAG_HOME_MOVES => {
                StateKey::HomeMoves(self.month()?, self.organisation()?, self.organisation()?)
            }
            TAG_DISTRICT_MONTH => StateKey::DistrictMonth(self.month()?, self.organisation()?),
            TAG_CLEARING => StateKey::Clearing(self.month()?),
            28 => StateKey::ClearingCosignatures(self.month()?),
            TAG_RESERVE_QUEUE => StateKey::ReserveQueue(self.pool()?),
            TAG_RESERVE_CLAIM => StateKey::ReserveClaim(self.pool()?, self.number()?),
            31 => StateKey::MonthEnd(self.month()?),
            TAG_PAST_KIN => StateKey::PastKin(self.account()?, self.account()?),
            TAG_MEMBERSHIP => StateKey::Membership(self.account()?),
            TAG_SERVICE_RECORD => StateKey::ServiceRecord(self.account()?),
            TAG_SERVICE_YEAR => {
                StateKey::ServiceYear(self.account()?, u32::from_be_bytes(self.take()?))
            }
            _ => return None,
        })
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (part, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*part)
    }

    fn number(&mut self) -> Option<u64> {
        Some(u64::from_be_bytes(self.take()?))
    }

    fn organisation(&mut self) -> Option<OrganisationId> {
        self.number().map(OrganisationId)
    }

    fn staff(&mut self) -> Option<StaffId> {
        Some(StaffId {
            organisation: self.organisation()?,
            number: u32::from_be_bytes(self.take()?),
        })
    }

    fn account(&mut self) -> Option<AccountId> {
        self.take().map(AccountId)
    }

    fn order(&mut self) -> Option<OrderId> {
        self.take().map(OrderId)
    }

    fn day(&mut self) -> Option<Day> {
        self.take().map(|bytes| Day(u32::from_be_bytes(bytes)))
    }

    fn month(&mut self) -> Option<Month> {
        self.take().map(|bytes| Month(u32::from_be_bytes(bytes)))
    }

    fn pool(&mut self) -> Option<PoolId> {
        Some(PoolId {
            organisation: self.organisation()?,
            kind: codec::decode(&self.take::<1>()?, 1).ok()?,
        })
    }

    fn holder(&mut self) -> Option<ProxyHolder> {
        match self.take()? {
            [0] => self.account().map(ProxyHolder::Account),
            [1] => self.staff().map(ProxyHolder::Clerk),
            _ => None,
        }
    }

    fn due(&mut self) -> Option<DueEntry> {
        let due_ms = TimestampMs(self.number()?);
        let work = match self.take()? {
            [0] => DueWork::Settle(self.order()?),
            [1] => DueWork::Lapse(self.order()?),
            [2] => DueWork::Forget(self.number()?),
            [3] => DueWork::Expire(self.account()?, self.day()?),
            [4] => DueWork::Recover(self.account()?),
            [5] => DueWork::SettleDecision(self.order()?),
            [6] => DueWork::Escalate(self.order()?),
            [7] => DueWork::ForgetOrder(self.order()?),
            [8] => DueWork::ForgetDay(self.account()?, self.day()?),
            [9] => DueWork::CloseMonth(self.month()?),
            [10] => DueWork::ServeReserve(self.pool()?),
            [11] => DueWork::ForgetKin(self.account()?, self.account()?),
            _ => return None,
        };
        Some(DueEntry { due_ms, work })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::SecretKey;
    use crate::transaction::Signer;

    #[test]
    fn a_daily_count_of_its_own_is_of_staff_or_a_validator_and_never_of_an_account() {
        let key = |signer: Signer| [&[17][..], &codec::encode(&signer)].concat();
        let staff = StaffId {
            organisation: OrganisationId(320_102),
            number: 7,
        };
        let consensus_key = SecretKey::from_seed(&[1; 32]).public_key();
        for (signer, counted) in [
            (Signer::Staff(staff), CountedSigner::Staff(staff)),
            (
                Signer::Key(consensus_key),
                CountedSigner::Validator(consensus_key),
            ),
        ] {
            let named = StateKey::SignerDay(counted);
            assert_eq!(named.to_bytes(), key(signer));
            assert_eq!(StateKey::of_bytes(&key(signer)), Some(named));
        }
        let account = key(Signer::Account(AccountId([0xaa; 20])));
        assert_eq!(StateKey::of_bytes(&account), None);
    }
}
