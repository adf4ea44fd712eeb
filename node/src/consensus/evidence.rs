//! Contradictory votes, turned into evidence that stands on its own.
//!
//! The core keeps the first of two contradicting votes and remembers both as a pair; both signatures were verified on
//! the way in. Evidence is taken after every input and not when the height is over, so that a height that is left by
//! sync loses none. Two different *proposals* in one round are logged by the core and cost their proposer the round at
//! most; the ledger's evidence is about votes.

use arc_malachitebft_core_types::DoubleVote;
use ledger_core::certificate::Evidence;
use ledger_core::id::ChainId;

use super::context::{Ledger, Members};
use super::convert;

/// Evidence from a pair of the core's; none if it would not convince anybody else.
pub(super) fn evidence_from_pair(
    chain_id: ChainId,
    members: &Members,
    (one, other): &DoubleVote<Ledger>,
) -> Option<Evidence> {
    let evidence = Evidence::new(
        convert::signed_vote_from_core(chain_id, one)?,
        convert::signed_vote_from_core(chain_id, other)?,
    );
    let key = members.key(&evidence.first.vote.validator)?;
    evidence.verify(chain_id, &key).ok()?;
    Some(evidence)
}
