//! Verifying signatures once.
//!
//! The core asks about the same signature again and again: when a vote arrives, when it comes back in a certificate,
//! and once more for every precommit when it decides. The memo remembers what has been verified, by key, exact bytes
//! and signature, so that deciding verifies nothing. What it does not know is verified in one batch; ZIP-215 makes the
//! batch's answer that of one-by-one verification.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::certificate::SignedVote;
use ledger_core::signature::{
    PublicKey, Purpose, Signature, SignatureCheck, find_invalid, verify_batch,
};

use super::context::Members;
use super::wire::SignedProposal;

/// The most signatures remembered for one height: prevotes, precommits and proposals of [`VALIDATORS_MAX`] validators
/// over thirty rounds. Beyond it signatures are verified again.
///
/// [`VALIDATORS_MAX`]: ledger_core::validator::VALIDATORS_MAX
const REMEMBERED_MAX: usize = 12_800;

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

    #[cfg(test)]
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
    Foreign(super::context::Address),
    /// A voter appears twice.
    Twice(super::context::Address),
    /// A signature does not hold.
    Signature,
}

/// The power behind `votes`, if each is of another member and signed.
pub(super) fn certified_power(
    verifier: &mut Verifier,
    members: &Members,
    votes: &[SignedVote],
) -> Result<u64, CertificateFlaw> {
    use arc_malachitebft_core_types::Validator as _;

    let mut voters = BTreeMap::new();
    for signed in votes {
        let address = super::context::Address(signed.vote.validator);
        let member = members
            .member(&address)
            .ok_or(CertificateFlaw::Foreign(address))?;
        if voters.insert(address, (member, signed)).is_some() {
            return Err(CertificateFlaw::Twice(address));
        }
    }
    let checks = voters
        .values()
        .map(|(member, signed)| vote_check(*member.public_key(), signed))
        .collect();
    if !verifier.all_hold(checks) {
        return Err(CertificateFlaw::Signature);
    }
    Ok(voters.values().fold(0, |power: u64, (member, _)| {
        power.saturating_add(member.voting_power())
    }))
}
