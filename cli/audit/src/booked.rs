//! A block as the book keeps it: with the certificate that decided it, and with what it did.

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::block::Block;
use ledger_core::certificate::CommitCertificate;
use ledger_core::receipt::Receipt;
use ledger_core::transaction::SealedEnvelope;

/// A block that was executed again here, and agreed with its header.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub struct BookedBlock {
    /// Header and transactions.
    pub block: Block,
    /// What decided it.
    pub certificate: CommitCertificate,
    /// What it did: first what the chain did by itself, then one receipt for each transaction, in order.
    pub receipts: Vec<Receipt>,
}

impl BookedBlock {
    /// What the chain did by itself at the beginning of the block.
    pub fn automatic(&self) -> &[Receipt] {
        let automatic = self
            .receipts
            .len()
            .saturating_sub(self.block.transactions.len());
        &self.receipts[..automatic]
    }

    /// Each transaction with what it did.
    pub fn transactions(&self) -> impl Iterator<Item = (&SealedEnvelope, &Receipt)> {
        let receipts = &self.receipts[self.automatic().len()..];
        let sealed = self.block.transactions.iter().map(AsRef::as_ref);
        sealed.zip(receipts)
    }
}
