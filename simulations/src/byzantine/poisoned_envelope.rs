//! Takes transactions of honest people and hands them on spoiled: the same transaction, so the same id, with signatures that are
//! wrong, missing or too many; before the good one comes and after it, more of them than are kept, in its own blocks too, and to
//! whoever asks for the envelopes of a block.
//!
//! The good one must be applied in bounded time all the same.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use ledger_core::codec;
use ledger_core::id::{AccountId, TransactionId};
use ledger_core::signature::SecretKey;
use ledger_core::transaction::{SealedEnvelope, SignedBy, Signer};
use timebank_node::consensus::SignedProposal;
use timebank_node::replica::mempool::ALTERNATIVES_MAX;
use timebank_node::replica::messages::{PeerRequest, PeerResponse, TransactionGroup};
use timebank_node::replica::{ReplicaInput, Submission, Topic};

use super::craft::random_hash;
use super::substitution::{
    Substitute, Substitution, forge, random_signature, with_signatures, with_unneeded_signature,
    with_wrong_signature, without_co_signature,
};
use super::{Behaviour, Hands};
use crate::random::Random;

/// How many of a thousand transactions it spoils.
const SPOILED_PER_MILLE: u64 = 350;
/// How many of a thousand that come in here it keeps to itself, so that the spoiled ones are first everywhere.
const KEPT_PER_MILLE: u64 = 500;
/// How many of a thousand own blocks have a spoiled transaction in them.
const OWN_PER_MILLE: u64 = 500;
/// How many transactions it remembers to have met.
const MET_MAX: usize = 10_000;
/// How many it comes back to.
const LATER_MAX: usize = 200;
/// When it does, in milliseconds at most.
const LATER_MS_MAX: u64 = 3_000;

/// Spoils the transactions of others.
#[derive(Debug, Default)]
pub(super) struct PoisonedEnvelope {
    substitution: Substitution,
    met: BTreeSet<TransactionId>,
    later: VecDeque<(u64, Arc<SealedEnvelope>)>,
}

impl Behaviour for PoisonedEnvelope {
    fn hear(&mut self, hands: &mut Hands<'_>, input: ReplicaInput) -> Vec<ReplicaInput> {
        let input = match input {
            ReplicaInput::Submit(submissions) => {
                ReplicaInput::Submit(self.take_in(hands, submissions))
            }
            ReplicaInput::Message {
                topic: Topic::Transactions,
                ref bytes,
                ..
            } => {
                if let Ok(group) = TransactionGroup::decode(bytes) {
                    for sealed in &group.envelopes {
                        self.meet(hands, sealed);
                    }
                }
                input
            }
            ReplicaInput::Request { id, ref bytes, .. } => {
                if let Some(spoiled) = self.spoil_answer(hands, bytes) {
                    hands.answer(id, Some(spoiled));
                    hands.acted();
                    return Vec::new();
                }
                input
            }
            input => input,
        };
        self.substitution.hear(hands, input).0
    }

    fn speak(
        &mut self,
        hands: &mut Hands<'_>,
        to: usize,
        input: ReplicaInput,
    ) -> Vec<(usize, ReplicaInput)> {
        self.substitution.speak(hands, to, input, &mut choose)
    }

    fn act(&mut self, hands: &mut Hands<'_>) {
        let due = self
            .later
            .partition_point(|(due_ms, _)| *due_ms <= hands.now_ms);
        let due: Vec<_> = self.later.drain(..due).collect();
        for (_, sealed) in due {
            spread(hands, &sealed);
        }
    }
}

impl PoisonedEnvelope {
    /// What of the transactions handed in here the replica underneath hears of. All of them are spoiled everywhere else first.
    fn take_in(&mut self, hands: &mut Hands<'_>, submissions: Vec<Submission>) -> Vec<Submission> {
        let mut heard = Vec::new();
        for submission in submissions {
            self.remember(submission.envelope.id());
            spread(hands, &submission.envelope);
            self.come_back(hands, &submission.envelope);
            if !hands.random.happens(KEPT_PER_MILLE) {
                heard.push(submission);
            }
        }
        heard
    }

    fn meet(&mut self, hands: &mut Hands<'_>, sealed: &Arc<SealedEnvelope>) {
        if self.remember(sealed.id()) && hands.random.happens(SPOILED_PER_MILLE) {
            spread(hands, sealed);
            self.come_back(hands, sealed);
        }
    }

    fn remember(&mut self, id: TransactionId) -> bool {
        if self.met.len() >= MET_MAX {
            self.met.clear();
        }
        self.met.insert(id)
    }

    fn come_back(&mut self, hands: &mut Hands<'_>, sealed: &Arc<SealedEnvelope>) {
        if self.later.len() < LATER_MAX {
            let at_ms = hands.now_ms + hands.random.below(LATER_MS_MAX);
            let place = self.later.partition_point(|(due_ms, _)| *due_ms <= at_ms);
            self.later.insert(place, (at_ms, Arc::clone(sealed)));
        }
    }

    /// The envelopes somebody asks for, spoiled.
    fn spoil_answer(&self, hands: &mut Hands<'_>, bytes: &[u8]) -> Option<Vec<u8>> {
        let Ok(PeerRequest::Envelopes {
            envelope_hashes, ..
        }) = PeerRequest::decode(bytes)
        else {
            return None;
        };
        if !hands.random.happens(OWN_PER_MILLE) {
            return None;
        }
        let known = self.substitution.workshop.newest(usize::MAX);
        let wanted = known
            .iter()
            .filter(|it| envelope_hashes.contains(&it.envelope_hash()));
        let spoiled: Vec<_> = wanted.map(|it| spoil(it, hands.random)).collect();
        (!spoiled.is_empty()).then(|| codec::encode(&PeerResponse::Envelopes(spoiled)))
    }
}

/// Sends spoiled envelopes of a transaction to everybody, or to some.
fn spread(hands: &mut Hands<'_>, sealed: &SealedEnvelope) {
    let count = 1 + hands.random.index(ALTERNATIVES_MAX + 2);
    let same_kind = hands.random.happens(500);
    let spoiled: Vec<Arc<SealedEnvelope>> = (0..count)
        .map(|_| {
            if same_kind {
                with_unneeded_signature(sealed, hands.random)
            } else {
                spoil(sealed, hands.random)
            }
        })
        .collect();
    let spared = hands
        .random
        .happens(300)
        .then(|| hands.random.index(hands.nodes));
    for to in hands.honest() {
        if Some(to) == spared {
            continue;
        }
        for bytes in TransactionGroup::encode_all(&spoiled) {
            hands.say(to, Topic::Transactions, bytes);
        }
    }
    hands.acted();
}

/// The same transaction with signatures that do not do.
fn spoil(sealed: &SealedEnvelope, random: &mut Random) -> Arc<SealedEnvelope> {
    let added = |signed: SignedBy| {
        let signatures = sealed.envelope().signatures.iter().copied();
        with_signatures(sealed, signatures.chain([signed]))
    };
    match random.below(6) {
        0 => with_wrong_signature(sealed, random),
        1 => without_co_signature(sealed, random)
            .unwrap_or_else(|| with_unneeded_signature(sealed, random)),
        // Of a bare key that did not sign.
        2 => added(SignedBy {
            signer: Signer::Key(SecretKey::from_seed(&random_hash(random).0).public_key()),
            signature: random_signature(random),
        }),
        // Of somebody who does not exist: it waits for a key that never comes.
        3 => added(SignedBy {
            signer: Signer::Account(AccountId::from_seed(&random_hash(random))),
            signature: random_signature(random),
        }),
        _ => with_unneeded_signature(sealed, random),
    }
}

fn choose(
    hands: &mut Hands<'_>,
    signed: &SignedProposal,
    transactions: &[Arc<SealedEnvelope>],
) -> Option<Substitute> {
    if transactions.is_empty() || !hands.random.happens(OWN_PER_MILLE) {
        return None;
    }
    let mut list = transactions.to_vec();
    let place = hands.random.index(list.len());
    let spoiled = spoil(transactions.get(place)?, hands.random);
    if hands.random.happens(500) {
        *list.get_mut(place)? = spoiled;
    } else {
        // Beside the good one.
        list.insert(place, spoiled);
    }
    let header = forge(hands, &signed.proposal.header, &list);
    Some(Substitute::plain(header, list))
}
