//! Serves blocks that are not the chain's, or with proofs that prove nothing, to whoever asks; and says that it has more than
//! it has, so that it is asked.
//!
//! Nothing here is malformed: each answer is a block that follows the asker's and a certificate for it, and one thing is wrong.

use std::sync::Arc;

use ledger_core::block::Block;
use ledger_core::certificate::{CommitCertificate, CommitSignature, VoteStep};
use ledger_core::codec;
use ledger_core::id::Height;
use ledger_core::ledger::transactions_root;
use ledger_core::signature::{Purpose, SecretKey};
use ledger_core::time::TimestampMs;
use ledger_core::validator::ValidatorAddress;
use timebank_node::replica::messages::{Announcement, PeerRequest, PeerResponse};
use timebank_node::replica::{ReplicaInput, Topic};
use timebank_node::storage::CommittedBlock;

use super::craft::{Place, Workshop, random_hash};
use super::substitution::{random_signature, with_unneeded_signature, with_wrong_signature};
use super::sync_lies::blocks;
use super::{Behaviour, Hands};

/// How many of a thousand answers are honest, so that it is believed again.
const HONEST_PER_MILLE: u64 = 150;
/// How many of a thousand announcements promise what is not there.
const PROMISED_PER_MILLE: u64 = 600;
/// More than what a node that lags lets consensus catch up with.
const PROMISED_BLOCKS: u64 = 5;
/// How many blocks an answer has.
const SERVED_MAX: u64 = 8;
/// How many transactions an invented block has.
const INVENTED_TRANSACTIONS: usize = 5;

/// What is wrong with a block or its certificate.
#[derive(Clone, Copy, Debug)]
enum Poison {
    TransactionLeftOut,
    TransactionTwice,
    TransactionsReversed,
    EnvelopeChanged,
    EnvelopeExtended,
    HeaderChanged,
    HeaderAndCertificateChanged,
    CertificateOfAnotherBlock,
    CertificateMoved,
    RoundMoved,
    TooFewSigners,
    NoSigners,
    ForgedSignature,
    SignaturesExchanged,
    RepeatedSigners,
    RepeatedSignersTooFew,
    OrderChanged,
    ForeignSigner,
}

const POISONS: [Poison; 18] = [
    Poison::TransactionLeftOut,
    Poison::TransactionTwice,
    Poison::TransactionsReversed,
    Poison::EnvelopeChanged,
    Poison::EnvelopeExtended,
    Poison::HeaderChanged,
    Poison::HeaderAndCertificateChanged,
    Poison::CertificateOfAnotherBlock,
    Poison::CertificateMoved,
    Poison::RoundMoved,
    Poison::TooFewSigners,
    Poison::NoSigners,
    Poison::ForgedSignature,
    Poison::SignaturesExchanged,
    Poison::RepeatedSigners,
    Poison::RepeatedSignersTooFew,
    Poison::OrderChanged,
    Poison::ForeignSigner,
];

/// Serves blocks that are not the chain's.
#[derive(Debug, Default)]
pub(super) struct PoisonedBlocks {
    workshop: Workshop,
}

impl Behaviour for PoisonedBlocks {
    fn hear(&mut self, hands: &mut Hands<'_>, input: ReplicaInput) -> Vec<ReplicaInput> {
        self.workshop.listen(&input);
        let ReplicaInput::Request { id, bytes, .. } = &input else {
            return vec![input];
        };
        let Ok(PeerRequest::Blocks { from, .. }) = PeerRequest::decode(bytes) else {
            return vec![input];
        };
        if hands.random.happens(HONEST_PER_MILLE) {
            return vec![input];
        }
        let mut served = blocks(hands, from, SERVED_MAX);
        if served.is_empty() {
            served.extend(self.invent(hands, from));
        } else {
            poison_one(hands, &mut served);
        }
        if served.is_empty() {
            return vec![input];
        }
        hands.answer(*id, Some(codec::encode(&PeerResponse::Blocks(served))));
        hands.acted();
        Vec::new()
    }

    fn speak(
        &mut self,
        hands: &mut Hands<'_>,
        to: usize,
        input: ReplicaInput,
    ) -> Vec<(usize, ReplicaInput)> {
        if let ReplicaInput::Message {
            topic: Topic::Status,
            ..
        } = &input
            && hands.random.happens(PROMISED_PER_MILLE)
        {
            promise(hands, to);
            return Vec::new();
        }
        vec![(to, input)]
    }
}

/// Says that there are blocks which do not exist.
pub(super) fn promise(hands: &mut Hands<'_>, to: usize) {
    let height = Height(hands.tip_height().0.saturating_add(PROMISED_BLOCKS));
    let announcement = Announcement { height };
    hands.say(to, Topic::Status, codec::encode(&announcement));
}

impl PoisonedBlocks {
    /// A block nobody decided, which executes well, with a certificate made of what is at hand.
    fn invent(&self, hands: &mut Hands<'_>, height: Height) -> Option<CommittedBlock> {
        let (block, place) = invent_block(hands, &self.workshop, height)?;
        let validators = hands.status().validators;
        let own = hands.sign_vote(hands.node, place, VoteStep::Precommit, Some(block.id()));
        let forged = validators.as_slice().iter().map(|validator| {
            let address = validator.address();
            let signature = if address == own.vote.validator {
                own.signature
            } else {
                random_signature(hands.random)
            };
            CommitSignature {
                validator: address,
                signature,
            }
        });
        let mut signatures: Vec<CommitSignature> = forged.collect();
        signatures.sort_by_key(|one| one.validator);
        let count = signatures.len();
        let own = signatures
            .iter()
            .find(|one| one.validator == own.vote.validator)
            .copied();
        match hands.random.below(4) {
            0 => {}
            1 => signatures = own.into_iter().collect(),
            2 => signatures = own.map(|one| vec![one; count]).unwrap_or_default(),
            _ => {
                // What a quorum signed, for the block before.
                let before = hands
                    .replica
                    .blocks()
                    .block(Height(height.0.checked_sub(1)?));
                signatures = before.ok()??.certificate.signatures;
            }
        }
        let certificate = CommitCertificate {
            height,
            round: place.round,
            block_id: block.id(),
            signatures,
        };
        Some(CommittedBlock {
            block: Arc::new(block),
            certificate,
        })
    }
}

/// A block after the tip that nobody proposed and that executes well.
pub(super) fn invent_block(
    hands: &mut Hands<'_>,
    workshop: &Workshop,
    height: Height,
) -> Option<(Block, Place)> {
    let status = hands.status();
    if height != status.height.next() {
        return None;
    }
    let time_ms = TimestampMs(hands.now_ms).max(status.time_ms.plus_ms(1));
    let block = hands.build(time_ms, &workshop.newest(INVENTED_TRANSACTIONS))?;
    Some((block, Place { height, round: 0 }))
}

fn poison_one(hands: &mut Hands<'_>, served: &mut [CommittedBlock]) {
    let place = hands.random.index(served.len());
    let first = hands.random.index(POISONS.len());
    let mut poisons = POISONS.iter().cycle().skip(first).take(POISONS.len());
    if let Some(right) = served.get(place).cloned()
        && let Some(poisoned) = poisons.find_map(|poison| apply(hands, *poison, &right))
        && let Some(slot) = served.get_mut(place)
    {
        *slot = poisoned;
    }
}

fn apply(hands: &mut Hands<'_>, poison: Poison, right: &CommittedBlock) -> Option<CommittedBlock> {
    let mut block = (*right.block).clone();
    let mut certificate = right.certificate.clone();
    if !change_block(hands, poison, &mut block)? {
        change_certificate(hands, poison, &mut certificate)?;
    }
    if let Poison::HeaderAndCertificateChanged = poison {
        certificate.block_id = block.id();
    }
    Some(CommittedBlock {
        block: Arc::new(block),
        certificate,
    })
}

/// Whether the poison is one of the block; none when this block does not allow it.
fn change_block(hands: &mut Hands<'_>, poison: Poison, block: &mut Block) -> Option<bool> {
    let transactions = &mut block.transactions;
    let place = hands.random.index(transactions.len().max(1));
    match poison {
        Poison::TransactionLeftOut => drop(transactions.pop()?),
        Poison::TransactionTwice => transactions.push(Arc::clone(transactions.get(place)?)),
        Poison::TransactionsReversed => {
            if transactions.len() < 2 {
                return None;
            }
            transactions.reverse();
        }
        Poison::EnvelopeChanged => {
            let sealed = transactions.get_mut(place)?;
            *sealed = with_wrong_signature(sealed, hands.random);
        }
        Poison::EnvelopeExtended => {
            let sealed = transactions.get_mut(place)?;
            *sealed = with_unneeded_signature(sealed, hands.random);
        }
        Poison::HeaderChanged => block.header.state_root = random_hash(hands.random),
        Poison::HeaderAndCertificateChanged => {
            transactions.pop()?;
            block.header.transactions_root = transactions_root(&block.transactions);
        }
        _ => return Some(false),
    }
    Some(true)
}

/// None when the certificate is too small for the poison, or the poison is not one of certificates.
fn change_certificate(
    hands: &mut Hands<'_>,
    poison: Poison,
    certificate: &mut CommitCertificate,
) -> Option<()> {
    let height = certificate.height;
    let signatures = &mut certificate.signatures;
    let count = signatures.len();
    let place = hands.random.index(count.max(1));
    match poison {
        Poison::CertificateOfAnotherBlock => {
            let before = Height(height.0.checked_sub(1)?);
            *certificate = hands.replica.blocks().block(before).ok()??.certificate;
        }
        Poison::CertificateMoved => {
            let before = Height(height.0.checked_sub(1)?);
            let other = hands.replica.blocks().block(before).ok()??.certificate;
            certificate.round = other.round;
            certificate.signatures = other.signatures;
        }
        Poison::RoundMoved => certificate.round += 1,
        Poison::TooFewSigners => {
            let total = hands.status().validators.as_slice().len();
            signatures.truncate(total * 2 / 3);
        }
        Poison::NoSigners => signatures.clear(),
        Poison::ForgedSignature => {
            signatures.get_mut(place)?.signature = random_signature(hands.random);
        }
        Poison::SignaturesExchanged => {
            let (first, second) = (signatures.first()?.signature, signatures.get(1)?.signature);
            signatures.first_mut()?.signature = second;
            signatures.get_mut(1)?.signature = first;
        }
        Poison::RepeatedSigners => signatures.insert(place, *signatures.get(place)?),
        Poison::RepeatedSignersTooFew => {
            let one = *signatures.get(place)?;
            *signatures = vec![one; count];
        }
        Poison::OrderChanged => {
            if count < 2 {
                return None;
            }
            signatures.reverse();
        }
        Poison::ForeignSigner => {
            let key = SecretKey::from_seed(&random_hash(hands.random).0);
            let validator = ValidatorAddress::of(&key.public_key());
            let vote = certificate.vote(hands.chain_id(), validator);
            let signature = key.sign(Purpose::Vote, &vote.signed_bytes());
            *certificate.signatures.get_mut(place)? = CommitSignature {
                validator,
                signature,
            };
            certificate.signatures.sort_by_key(|one| one.validator);
        }
        _ => return None,
    }
    Some(())
}
