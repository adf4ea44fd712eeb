//! Proposes blocks that must not be accepted: a header with one wrong field, a body that does not apply, bodies that differ from
//! receiver to receiver or never come; and sends wrong bodies for the blocks of others.
//!
//! Everything but the flaw is right and really signed. Where a transaction is at fault, the roots are those that somebody would
//! find who overlooked it.

use std::sync::Arc;

use ledger_core::block::{Header, list};
use ledger_core::codec;
use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, ChainId, Height};
use ledger_core::ledger::transactions_root;
use ledger_core::time::TimestampMs;
use ledger_core::transaction::{Envelope, SealedEnvelope};
use timebank_node::consensus::SignedProposal;
use timebank_node::replica::messages::{ProposalBody, ValidatorMessage};
use timebank_node::replica::{ReplicaInput, Topic};

use super::craft::random_hash;
use super::substitution::{
    Serving, Substitute, Substitution, forge, with_unneeded_signature, with_wrong_signature,
    without_co_signature,
};
use super::{Behaviour, Hands};

/// How many of a thousand own proposals have a flaw.
const FLAWED_PER_MILLE: u64 = 750;
/// How many of a thousand blocks of others get a wrong body from here.
const FOREIGN_PER_MILLE: u64 = 200;
/// How many envelopes that do not exist a list names.
const PHANTOMS: usize = 2_000;

/// What is wrong with a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    /// One field of the header.
    Version,
    Chain,
    Height,
    Parent,
    Proposer,
    Time,
    TransactionsRoot,
    ReceiptsRoot,
    StateRoot,
    ValidatorsHash,
    NextValidatorsHash,
    LastSetChange,
    /// The list of transactions, under a header that is about this list.
    Duplicate,
    AppliedBefore,
    OtherChain,
    Expired,
    WrongSignature,
    MissingSignature,
    UnneededSignature,
    Reversed,
    LeftOut,
    Phantoms,
    /// What goes with a header that is right.
    TwoBodies,
    NoBody,
    OtherCarried,
}

const FLAWS: [Flaw; 25] = [
    Flaw::Version,
    Flaw::Chain,
    Flaw::Height,
    Flaw::Parent,
    Flaw::Proposer,
    Flaw::Time,
    Flaw::TransactionsRoot,
    Flaw::ReceiptsRoot,
    Flaw::StateRoot,
    Flaw::ValidatorsHash,
    Flaw::NextValidatorsHash,
    Flaw::LastSetChange,
    Flaw::Duplicate,
    Flaw::AppliedBefore,
    Flaw::OtherChain,
    Flaw::Expired,
    Flaw::WrongSignature,
    Flaw::MissingSignature,
    Flaw::UnneededSignature,
    Flaw::Reversed,
    Flaw::LeftOut,
    Flaw::Phantoms,
    Flaw::TwoBodies,
    Flaw::NoBody,
    Flaw::OtherCarried,
];

/// Proposes blocks that must not be accepted.
#[derive(Debug, Default)]
pub(super) struct InvalidBody {
    substitution: Substitution,
}

impl Behaviour for InvalidBody {
    fn hear(&mut self, hands: &mut Hands<'_>, input: ReplicaInput) -> Vec<ReplicaInput> {
        let (heard, proposal) = self.substitution.hear(hands, input);
        if let Some(signed) = proposal
            && hands.random.happens(FOREIGN_PER_MILLE)
        {
            self.mislead(hands, &signed);
        }
        heard
    }

    fn speak(
        &mut self,
        hands: &mut Hands<'_>,
        to: usize,
        input: ReplicaInput,
    ) -> Vec<(usize, ReplicaInput)> {
        self.substitution.speak(hands, to, input, &mut choose)
    }
}

impl InvalidBody {
    /// Sends everybody a body for a block of somebody else that is not its body.
    fn mislead(&self, hands: &mut Hands<'_>, signed: &SignedProposal) {
        let header = &signed.proposal.header;
        let newest = self.substitution.workshop.newest(3);
        let body = ProposalBody {
            height: header.height,
            block_id: header.id(),
            envelope_hashes: newest.iter().map(|it| it.envelope_hash()).collect(),
            carried: newest,
        };
        if body.matches(&header.transactions_root) {
            return;
        }
        let bytes = codec::encode(&ValidatorMessage::Body(body));
        for to in hands.honest() {
            hands.say(to, Topic::Consensus, bytes.clone());
        }
        hands.acted();
    }
}

/// A flawed proposal in the place of a right one, if one is due and can be made of it.
fn choose(
    hands: &mut Hands<'_>,
    signed: &SignedProposal,
    transactions: &[Arc<SealedEnvelope>],
) -> Option<Substitute> {
    if !hands.random.happens(FLAWED_PER_MILLE) {
        return None;
    }
    let first = hands.random.index(FLAWS.len());
    let mut flaws = FLAWS.iter().cycle().skip(first).take(FLAWS.len());
    let header = &signed.proposal.header;
    flaws.find_map(|flaw| {
        spoil_header(hands, *flaw, header)
            .map(|header| Substitute::plain(header, transactions.to_vec()))
            .or_else(|| spoil_list(hands, *flaw, header, transactions))
            .or_else(|| spoil_delivery(hands, *flaw, header, transactions))
    })
}

fn spoil_header(hands: &mut Hands<'_>, flaw: Flaw, right: &Header) -> Option<Header> {
    let status = hands.status();
    let some_hash = random_hash(hands.random);
    let mut header = right.clone();
    match flaw {
        Flaw::Version => header.version += 1,
        Flaw::Chain => header.chain_id = ChainId(some_hash),
        Flaw::Height => header.height = header.height.next(),
        Flaw::Parent => header.parent = BlockId(some_hash),
        Flaw::Proposer => {
            let others = status.validators.as_slice().iter();
            let mut addresses = others.map(|validator| validator.address());
            header.proposer = addresses.find(|address| *address != right.proposer)?;
        }
        // Standing still, or going back.
        Flaw::Time => {
            let back_ms = hands.random.below(2) * 1_000;
            header.time_ms = status.time_ms.minus_ms(back_ms);
        }
        Flaw::TransactionsRoot => header.transactions_root = some_hash,
        Flaw::ReceiptsRoot => header.receipts_root = some_hash,
        Flaw::StateRoot => header.state_root = some_hash,
        Flaw::ValidatorsHash => header.validators_hash = some_hash,
        Flaw::NextValidatorsHash => header.next_validators_hash = some_hash,
        Flaw::LastSetChange => header.last_set_change = right.height,
        _ => return None,
    }
    Some(header)
}

fn spoil_list(
    hands: &mut Hands<'_>,
    flaw: Flaw,
    right: &Header,
    transactions: &[Arc<SealedEnvelope>],
) -> Option<Substitute> {
    let mut list = transactions.to_vec();
    let place = hands.random.index(list.len().max(1));
    match flaw {
        Flaw::Duplicate => list.push(Arc::clone(list.get(place)?)),
        Flaw::AppliedBefore => {
            let tip = hands.tip_height();
            let height = Height(1 + hands.random.below(tip.0.max(1)));
            let stored = hands.replica.blocks().block(height).ok()??;
            list.insert(place, Arc::clone(stored.block.transactions.first()?));
        }
        Flaw::OtherChain => {
            let chain_id = ChainId(random_hash(hands.random));
            *list.get_mut(place)? = changed(transactions.get(place)?, |envelope| {
                envelope.transaction.chain_id = chain_id;
            });
        }
        Flaw::Expired => {
            let past_ms = TimestampMs(hands.status().time_ms.0.saturating_sub(1));
            *list.get_mut(place)? = changed(transactions.get(place)?, |envelope| {
                envelope.transaction.valid_until_ms = past_ms;
            });
        }
        Flaw::WrongSignature => {
            *list.get_mut(place)? =
                with_wrong_signature(transactions.get(place)?.as_ref(), hands.random);
        }
        Flaw::MissingSignature => {
            *list.get_mut(place)? =
                without_co_signature(transactions.get(place)?.as_ref(), hands.random)?;
        }
        Flaw::UnneededSignature => {
            *list.get_mut(place)? =
                with_unneeded_signature(transactions.get(place)?.as_ref(), hands.random);
        }
        Flaw::Reversed | Flaw::LeftOut => {
            if flaw == Flaw::Reversed {
                list.reverse();
            } else {
                list.pop()?;
            }
            if list.len() < 2 {
                return None;
            }
            // The other roots are those of the right list.
            let mut header = right.clone();
            header.transactions_root = transactions_root(&list);
            return Some(Substitute::plain(header, list));
        }
        Flaw::Phantoms => return Some(phantoms(hands, right, transactions)),
        _ => return None,
    }
    let header = forge(hands, right, &list);
    Some(Substitute::plain(header, list))
}

/// A list most of whose envelopes nobody has.
fn phantoms(
    hands: &mut Hands<'_>,
    right: &Header,
    transactions: &[Arc<SealedEnvelope>],
) -> Substitute {
    let held = transactions.iter().map(|it| it.envelope_hash());
    let invented = (0..PHANTOMS).map(|_| random_hash(hands.random));
    let envelope_hashes: Vec<Hash> = held.chain(invented).collect();
    let mut header = right.clone();
    header.transactions_root = list::root(&envelope_hashes);
    Substitute {
        bodies: vec![Some(ProposalBody {
            height: header.height,
            block_id: header.id(),
            envelope_hashes,
            carried: Vec::new(),
        })],
        header,
        envelopes: transactions.to_vec(),
        serving: Serving::Always,
    }
}

fn spoil_delivery(
    hands: &mut Hands<'_>,
    flaw: Flaw,
    right: &Header,
    transactions: &[Arc<SealedEnvelope>],
) -> Option<Substitute> {
    let mut substitute = Substitute::plain(right.clone(), transactions.to_vec());
    let body = substitute.bodies.first().cloned().flatten()?;
    if !body.matches(&right.transactions_root) {
        // Not all of its own transactions came by here.
        return None;
    }
    match flaw {
        Flaw::TwoBodies => {
            let mut other = body.clone();
            other.envelope_hashes.push(random_hash(hands.random));
            substitute.bodies = vec![Some(body), Some(other)];
        }
        Flaw::NoBody => {
            substitute.bodies = vec![None];
            substitute.serving = Serving::Refuses;
        }
        Flaw::OtherCarried => {
            let mut other = body;
            for sealed in &mut other.carried {
                *sealed = with_wrong_signature(sealed, hands.random);
            }
            substitute.bodies = vec![Some(other)];
        }
        _ => return None,
    }
    Some(substitute)
}

/// The envelope with a change to what was signed; the signatures are as they were.
fn changed(sealed: &SealedEnvelope, change: impl FnOnce(&mut Envelope)) -> Arc<SealedEnvelope> {
    let mut envelope = sealed.envelope().clone();
    change(&mut envelope);
    Arc::new(SealedEnvelope::new(envelope))
}
