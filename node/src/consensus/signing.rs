//! Verifying signatures once.
//!
//! The core asks about the same signature again and again: when a vote arrives, when it comes back in a certificate,
//! and once more for every precommit when it decides. The memo remembers what has been verified, by key, exact bytes
//! and signature, so that deciding verifies nothing. What it does not know is verified in one batch; ZIP-215 makes the
//! batch's answer that of one-by-one verification.

use std::collections::{BTreeMap, BTreeSet};

use arc_malachitebft_core_types::{ThresholdParam, Validator as _, ValidatorSet as _};
use ledger_core::certificate::SignedVote;
use ledger_core::signature::{
    PublicKey, Purpose, Signature, SignatureCheck, find_invalid, verify_batch,
};

use super::context::{Address, Members};
use super::wire::SignedProposal;
use crate::planted::{self, Planted};

/// The most signatures remembered for one height: prevotes, precommits and proposals of [`VALIDATORS_MAX`] validators
/// over thirty rounds. Beyond it signatures are verified again.
///
/// [`VALIDATORS_MAX`]: ledger_core::validator::VALIDATORS_MAX
pub(super) const REMEMBERED_MAX: usize = 12_800;

/// Key, exact bytes signed, signature.
type Checked = (PublicKey, Vec<u8>, Signature);

/// The memo of verified signatures, of the height in progress and the one before it (messages for the next height are
/// verified before it starts).
#[derive(Debug, Default)]
pub(super) struct Verifier {
    current: BTreeSet<Checked>,
    previous: BTreeSet<Checked>,
}

impl Verifier {
    /// Forgets all but the height in progress.
    pub(super) fn next_height(&mut self) {
        self.previous = std::mem::take(&mut self.current);
    }

    /// Remembers a signature that is known to be good.
    pub(super) fn learn(&mut self, checked: Checked) {
        if self.current.len() < REMEMBERED_MAX {
            self.current.insert(checked);
        }
    }

    fn knows(&self, checked: &Checked) -> bool {
        if planted::is(Planted::VoteMemoUnkeyed) {
            let (key, bytes, _) = checked;
            let mut known = self.current.iter().chain(&self.previous);
            return known.any(|(other, signed, _)| other == key && signed == bytes);
        }
        self.current.contains(checked) || self.previous.contains(checked)
    }

    /// Whether all of `checks` hold.
    pub(super) fn all_hold(&mut self, mut checks: Vec<Checked>) -> bool {
        checks.retain(|checked| !self.knows(checked));
        let holds = verify_batch(&batch(&checks));
        if holds {
            checks.into_iter().for_each(|checked| self.learn(checked));
        }
        holds
    }

    /// Verifies many in one batch, so that those that hold are known when they are asked about one by one.
    pub(super) fn prepare(&mut self, mut checks: Vec<Checked>) {
        checks.retain(|checked| !self.knows(checked));
        let invalid: BTreeSet<usize> = find_invalid(&batch(&checks)).into_iter().collect();
        for (index, checked) in checks.into_iter().enumerate() {
            if !invalid.contains(&index) {
                self.learn(checked);
            }
        }
    }

    /// How many signatures are remembered.
    pub(super) fn remembered(&self) -> usize {
        self.current.len() + self.previous.len()
    }
}

fn batch(checks: &[Checked]) -> Vec<SignatureCheck<'_>> {
    checks
        .iter()
        .map(|(key, signed_bytes, signature)| SignatureCheck {
            key: *key,
            signed_bytes,
            signature: *signature,
        })
        .collect()
}

/// What has to be verified about a vote.
pub(super) fn vote_check(key: PublicKey, signed: &SignedVote) -> Checked {
    let bytes = Purpose::Vote.signing_bytes(&signed.vote.signed_bytes());
    (key, bytes, signed.signature)
}

/// What has to be verified about a proposal.
pub(super) fn proposal_check(key: PublicKey, signed: &SignedProposal) -> Checked {
    let bytes = Purpose::Proposal.signing_bytes(&signed.proposal.signed_bytes());
    (key, bytes, signed.signature)
}

/// Why votes are no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CertificateFlaw {
    /// A voter is not in the set.
    Foreign(Address),
    /// A voter appears twice.
    Twice(Address),
    /// The voters' power does not reach the threshold.
    Power(u64),
    /// A signature does not hold.
    Signature,
}

/// Checks that `votes` are of different members whose power reaches `threshold`, and signed. Signatures come last: a
/// certificate that could prove nothing costs nothing.
pub(super) fn check_certificate(
    verifier: &mut Verifier,
    members: &Members,
    threshold: ThresholdParam,
    votes: &[SignedVote],
) -> Result<(), CertificateFlaw> {
    let mut voters = BTreeMap::new();
    let mut power: u64 = 0;
    for signed in votes {
        let address = Address(signed.vote.validator);
        let member = members
            .member(&address)
            .ok_or(CertificateFlaw::Foreign(address))?;
        let twice = voters.insert(address, (member, signed)).is_some();
        if twice && !planted::is(Planted::RepeatedVoteCounted) {
            return Err(CertificateFlaw::Twice(address));
        }
        power = power.saturating_add(member.voting_power());
    }
    if planted::is(Planted::BundleOneVoteShort) {
        power = power.saturating_add(1);
    }
    if !threshold.is_met(power, members.total_voting_power()) {
        return Err(CertificateFlaw::Power(power));
    }
    let checks = voters
        .values()
        .map(|(member, signed)| vote_check(*member.public_key(), signed))
        .collect();
    if verifier.all_hold(checks) {
        Ok(())
    } else {
        Err(CertificateFlaw::Signature)
    }
}
