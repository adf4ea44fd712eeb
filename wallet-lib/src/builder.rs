//! Building transactions: the same for every operation.
//!
//! What a transaction asks for is its operation, a plain record of `ledger_core::transaction`; what surrounds it (chain,
//! signer, expiry, nonce) is made here. The expiry counts from the *chain's* time, which a test chain may have moved and
//! which a wallet's own clock need not know: take it from `Status::now_ms`.

use ledger_core::id::ChainId;
use ledger_core::signature::SecretKey;
use ledger_core::time::{HOUR_MS, TimestampMs};
use ledger_core::transaction::{
    Envelope, Operation, SignedBy, Signer, TRANSACTION_VERSION, Transaction, VALIDITY_MS_MAX,
};

use crate::error::Error;
use crate::key;

/// How long a transaction is valid unless something else is asked for: a day, enough for a document to go round.
pub const VALIDITY_MS_DEFAULT: u64 = 24 * HOUR_MS;

/// Makes transactions of one signer on one chain.
#[derive(Clone, Copy, Debug)]
pub struct TransactionBuilder {
    chain_id: ChainId,
    signer: Signer,
    now_ms: TimestampMs,
    validity_ms: u64,
}

impl TransactionBuilder {
    /// For `signer` on `chain_id`, whose next block has the time `now_ms`.
    pub const fn new(chain_id: ChainId, signer: Signer, now_ms: TimestampMs) -> Self {
        TransactionBuilder {
            chain_id,
            signer,
            now_ms,
            validity_ms: VALIDITY_MS_DEFAULT,
        }
    }

    /// Valid for `validity_ms` from now, at most the ledger's 31 days.
    #[must_use]
    pub fn valid_for_ms(self, validity_ms: u64) -> Self {
        TransactionBuilder {
            validity_ms: validity_ms.min(VALIDITY_MS_MAX),
            ..self
        }
    }

    /// The transaction that asks for `operation`, with a new random nonce.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn build(&self, operation: impl Into<Operation>) -> Result<Transaction, Error> {
        Ok(Transaction {
            chain_id: self.chain_id,
            version: TRANSACTION_VERSION,
            signer: self.signer,
            valid_until_ms: self.now_ms.plus_ms(self.validity_ms),
            nonce: *key::random()?,
            operation: operation.into(),
        })
    }
}

/// The envelope of `transaction` with the signatures of `keys`.
pub fn seal(transaction: Transaction, keys: &[(Signer, &SecretKey)]) -> Envelope {
    let signatures: Vec<SignedBy> = keys
        .iter()
        .map(|(signer, key)| SignedBy {
            signer: *signer,
            signature: transaction.sign(key),
        })
        .collect();
    Envelope::new(transaction, signatures)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger_core::amount::Minutes;
    use ledger_core::hash::Hash;
    use ledger_core::id::AccountId;
    use ledger_core::time::DAY_MS;
    use ledger_core::transaction::value::Gift;

    #[test]
    fn two_like_transactions_have_two_ids_and_expire_by_the_chains_time() {
        let (chen, mother) = (AccountId([1; 20]), AccountId([2; 20]));
        let builder = TransactionBuilder::new(
            ChainId(Hash::ZERO),
            Signer::Account(chen),
            TimestampMs(1_000),
        );
        let gift = Gift {
            from: chen,
            to: mother,
            minutes: Minutes(60),
        };
        let one = builder.build(gift.clone()).unwrap();
        let other = builder.build(gift.clone()).unwrap();
        assert_ne!(one.id(), other.id());
        assert_eq!(one.valid_until_ms, TimestampMs(1_000 + DAY_MS));
        let long = builder.valid_for_ms(90 * DAY_MS).build(gift).unwrap();
        assert_eq!(long.valid_until_ms, TimestampMs(1_000 + 31 * DAY_MS));
    }

    #[test]
    fn a_sealed_transaction_is_a_well_formed_envelope() {
        let key = key::generate().unwrap();
        let signer = Signer::Key(key.public_key());
        let builder = TransactionBuilder::new(ChainId(Hash::ZERO), signer, TimestampMs(0));
        let transaction = builder
            .build(Gift {
                from: AccountId([1; 20]),
                to: AccountId([2; 20]),
                minutes: Minutes(1),
            })
            .unwrap();
        let second = Signer::Account(AccountId([1; 20]));
        let envelope = seal(transaction, &[(signer, &key), (second, &key)]);
        assert_eq!(envelope.check_form(), Ok(()));
        assert_eq!(envelope.signatures.len(), 2);
    }
}
