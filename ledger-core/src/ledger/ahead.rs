//! Which records a transaction will look at, as far as it says so itself: they are read ahead, many at a time.
//!
//! Nothing depends on it but time: what is not named here is read when a rule asks, and what is named here and not asked for
//! was read in vain. So only operations that come in numbers have lines of their own.

use crate::record::daily_count::CountedSigner;
use crate::state::StateKey;
use crate::transaction::{Operation, SealedEnvelope, Signer, Transaction};

/// For how many transactions is read ahead at once: what they look at, some 2 KB each, stays in the processor's nearer caches.
pub(super) const AHEAD_TRANSACTIONS: usize = 64;

/// The records that hold the keys of an envelope's signers.
pub(super) fn signers(sealed: &SealedEnvelope) -> impl Iterator<Item = StateKey> {
    let signatures = sealed.envelope().signatures.iter();
    signatures.filter_map(|signed| match signed.signer {
        Signer::Account(account) => Some(StateKey::Account(account)),
        Signer::Staff(staff) => Some(StateKey::Staff(staff)),
        Signer::Key(_) => None,
    })
}

/// The records of those whom a transaction names, beside the keys of its signers, and where it is counted: for an account
/// that is the record which has its key.
pub(super) fn parties(transaction: &Transaction) -> impl Iterator<Item = StateKey> {
    let counted = match transaction.signer {
        Signer::Staff(staff) => Some(StateKey::SignerDay(CountedSigner::Staff(staff))),
        Signer::Account(_) | Signer::Key(_) => None,
    };
    let [first, second, third] = match &transaction.operation {
        Operation::Gift(gift) => [
            Some(StateKey::Account(gift.from)),
            Some(StateKey::Account(gift.to)),
            Some(StateKey::Kin(gift.from, gift.to)),
        ],
        Operation::Donate(donation) => [Some(StateKey::Account(donation.from)), None, None],
        Operation::Redeem(redemption) => [
            Some(StateKey::Account(redemption.holder)),
            Some(StateKey::Account(redemption.merchant)),
            Some(StateKey::Items(redemption.merchant)),
        ],
        Operation::AcceptOrder(operation) => [Some(StateKey::Order(operation.order)), None, None],
        Operation::StartOrder(operation) => [Some(StateKey::Order(operation.order)), None, None],
        Operation::CompleteOrder(operation) => [Some(StateKey::Order(operation.order)), None, None],
        Operation::VerifyOrder(operation) => [Some(StateKey::Order(operation.order)), None, None],
        Operation::RateOrder(operation) => [Some(StateKey::Order(operation.order)), None, None],
        _ => [None; 3],
    };
    [counted, first, second, third].into_iter().flatten()
}
