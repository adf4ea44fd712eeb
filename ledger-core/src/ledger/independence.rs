//! Independence: who is too close to an order to judge it, as a verifier or as an arbiter.
//!
//! Every rule here compares the people behind the signatures. Kin count who are linked now, or were at any time since the
//! service began, so that a link cannot be ended just before a judgement; a minor and its legal guardian count as kin.

use super::context::{Context, StaffSigner};
use super::group::members;
use super::kin::are_close;
use super::rejection::{Party, Refusal, Rejection};
use crate::id::AccountId;
use crate::planted::{self, Planted};
use crate::record::order::{
    Claim, ClerkPart, ClerkSignature, EndedOrder, OpenOrder, PaidOrder, Payer, Provider, Verifiers,
};
use crate::time::TimestampMs;

/// The people around an order, as its record or its tombstone names them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Involved<'o> {
    recipient: AccountId,
    poster: AccountId,
    payer: Option<AccountId>,
    provider: Provider,
    clerks: &'o [ClerkSignature],
    since_ms: TimestampMs,
}

impl<'o> Involved<'o> {
    /// Of an order whose service is claimed.
    pub(crate) fn in_open(order: &'o OpenOrder, claim: &Claim) -> Involved<'o> {
        Involved {
            recipient: order.recipient,
            poster: order.poster_person,
            payer: kin_who_pays(order.payer),
            provider: claim.provider,
            clerks: &order.clerks,
            since_ms: claim.start_ms,
        }
    }

    /// Of an order that was paid, of which a tombstone is left.
    pub(crate) fn in_paid(
        ended: &EndedOrder,
        paid: &PaidOrder,
        provider: Provider,
    ) -> Involved<'static> {
        Involved {
            recipient: ended.recipient,
            poster: paid.poster_person,
            payer: kin_who_pays(ended.payer),
            provider,
            clerks: &[],
            since_ms: paid.start_ms,
        }
    }

    /// As what `person` took part, whoever it was.
    fn part_of(
        &self,
        context: &Context<'_, '_>,
        person: AccountId,
    ) -> Result<Option<Party>, Refusal> {
        let members = members(context, self.provider.account)?;
        let is_member = members.members.binary_search(&person).is_ok();
        let is_clerk = self.clerks.iter().any(|clerk| clerk.person == person);
        let parties = [
            (person == self.provider.server, Party::Provider),
            (person == self.recipient, Party::Recipient),
            (person == self.poster, Party::Poster),
            (is_clerk, Party::Clerk),
            (is_member, Party::Member),
        ];
        Ok(parties
            .into_iter()
            .find(|(is_party, _)| *is_party)
            .map(|(_, party)| party))
    }
}

const fn kin_who_pays(payer: Payer) -> Option<AccountId> {
    match payer {
        Payer::Kin(payer) => Some(payer),
        Payer::Recipient | Payer::Budget(_) => None,
    }
}

/// Checks that `verifier` is no party to the order, no kin of whoever served, no guardian of either side, and not of the
/// organisation whose clerk acted for the recipient.
pub(crate) fn check_verifier(
    context: &Context<'_, '_>,
    involved: &Involved<'_>,
    verifier: &StaffSigner,
) -> Result<(), Refusal> {
    let person = verifier.person;
    if let Some(party) = involved.part_of(context, person)? {
        return Err(Rejection::VerifierIsParty { person, party }.into());
    }
    let provider = involved.provider.server;
    if are_close(context, person, provider, involved.since_ms)?
        && !planted::is(Planted::VerifierIsKin)
    {
        return Err(Rejection::VerifierIsKin { person, provider }.into());
    }
    let minor = involved.recipient;
    if context.account(minor)?.legal_guardian == Some(person) {
        return Err(Rejection::VerifierIsGuardian { person, minor }.into());
    }
    let organisation = verifier.id.organisation;
    let colleague = involved
        .clerks
        .iter()
        .find(|it| it.part == ClerkPart::Proxy && it.clerk.organisation == organisation);
    if let Some(colleague) = colleague {
        let clerk = colleague.clerk;
        return Err(Rejection::VerifierSameOrganisation {
            organisation,
            clerk,
        }
        .into());
    }
    Ok(())
}

/// Checks that the arbiter `person` has not verified the order, is no party to it, and neither kin nor guardian of one of
/// the two sides.
pub(crate) fn check_arbiter(
    context: &Context<'_, '_>,
    involved: &Involved<'_>,
    verifiers: Verifiers,
    person: AccountId,
) -> Result<(), Refusal> {
    if verifiers.contains(person) {
        return Err(Rejection::ArbiterVerified { person }.into());
    }
    let party = if involved.payer == Some(person) {
        Some(Party::Payer)
    } else {
        involved.part_of(context, person)?
    };
    if let Some(party) = party {
        return Err(Rejection::ArbiterIsParty { person, party }.into());
    }
    for side in [involved.provider.server, involved.recipient] {
        if are_close(context, person, side, involved.since_ms)? {
            return Err(Rejection::ArbiterIsKin { person, side }.into());
        }
    }
    Ok(())
}
