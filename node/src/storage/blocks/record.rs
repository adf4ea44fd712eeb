//! A block as it is stored: header, certificate and list of transactions, each with a checksum over what it is, its height and
//! its content.
//!
//! A block is sealed once. The same bytes lie in the journal, in memory and in the database, so that moving a block from one to
//! the other copies it and encodes nothing, and damage anywhere on the way is found by whoever reads. A record that does
//! not fit is damage with a height, whatever happened to it.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::block::{BLOCK_BYTES_MAX, Block, Header};
use ledger_core::certificate::CommitCertificate;
use ledger_core::codec;
use ledger_core::id::Height;
use ledger_core::transaction::SealedEnvelope;

use super::CommittedBlock;

const CHECKSUM_BYTES: usize = 16;
/// The longest header or certificate, in bytes: a bound against damage.
const SMALL_BYTES_MAX: usize = 64 * 1024;
/// The longest list of transactions: a block's, with room for its length.
const TRANSACTIONS_BYTES_MAX: usize = BLOCK_BYTES_MAX + 1024;
/// The longest sealed block, in bytes, with room for checksums and lengths.
pub(super) const SEALED_BYTES_MAX: usize = TRANSACTIONS_BYTES_MAX + 2 * SMALL_BYTES_MAX + 1024;

/// A record of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Header,
    Certificate,
    Transactions,
}

impl Kind {
    /// What it is called, in checksums and errors.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Kind::Header => "header",
            Kind::Certificate => "certificate",
            Kind::Transactions => "list of transactions",
        }
    }

    const fn bytes_max(self) -> usize {
        match self {
            Kind::Header | Kind::Certificate => SMALL_BYTES_MAX,
            Kind::Transactions => TRANSACTIONS_BYTES_MAX,
        }
    }

    fn seal<T: BorshSerialize>(self, height: Height, value: &T) -> Vec<u8> {
        let content = codec::encode(value);
        let mut record = self.checksum(height, &content).to_vec();
        record.extend_from_slice(&content);
        record
    }

    /// What is in a record of `height`, or what is wrong with it.
    pub(super) fn open<T: BorshSerialize + BorshDeserialize>(
        self,
        height: Height,
        record: &[u8],
    ) -> Result<T, String> {
        let content = record
            .split_at_checked(CHECKSUM_BYTES)
            .filter(|(sum, content)| *sum == self.checksum(height, content))
            .map(|(_, content)| content)
            .ok_or_else(|| format!("its {} does not fit its checksum", self.name()))?;
        codec::decode(content, self.bytes_max())
            .map_err(|error| format!("its {} cannot be read: {error}", self.name()))
    }

    fn checksum(self, height: Height, content: &[u8]) -> [u8; CHECKSUM_BYTES] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.name().as_bytes());
        hasher.update(&height.0.to_le_bytes());
        hasher.update(content);
        let mut checksum = [0; CHECKSUM_BYTES];
        checksum.copy_from_slice(&hasher.finalize().as_bytes()[..CHECKSUM_BYTES]);
        checksum
    }
}

/// The records of one block.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct SealedBlock {
    pub(super) height: Height,
    pub(super) header: Vec<u8>,
    pub(super) certificate: Vec<u8>,
    pub(super) transactions: Vec<u8>,
}

impl SealedBlock {
    pub(super) fn of(block: &CommittedBlock) -> SealedBlock {
        let Block {
            header,
            transactions,
        } = block.block.as_ref();
        let height = header.height;
        SealedBlock {
            height,
            header: Kind::Header.seal(height, header),
            certificate: Kind::Certificate.seal(height, &block.certificate),
            transactions: Kind::Transactions.seal(height, transactions),
        }
    }

    /// The block, or what is wrong with its records.
    pub(super) fn open(&self) -> Result<CommittedBlock, String> {
        let header: Header = Kind::Header.open(self.height, &self.header)?;
        let certificate: CommitCertificate =
            Kind::Certificate.open(self.height, &self.certificate)?;
        let transactions: Vec<Arc<SealedEnvelope>> =
            Kind::Transactions.open(self.height, &self.transactions)?;
        if header.height != self.height || certificate.block_id != header.id() {
            return Err("its header and certificate do not belong together".to_string());
        }
        let block = Arc::new(Block {
            header,
            transactions,
        });
        Ok(CommittedBlock { block, certificate })
    }

    /// One of its records.
    pub(super) fn record(&self, kind: Kind) -> &[u8] {
        match kind {
            Kind::Header => &self.header,
            Kind::Certificate => &self.certificate,
            Kind::Transactions => &self.transactions,
        }
    }

    /// How many bytes it is.
    pub(super) fn bytes(&self) -> usize {
        let small = self.header.len().saturating_add(self.certificate.len());
        small.saturating_add(self.transactions.len())
    }
}
