//! Who provides a service: a person, or a group and the member who serves for it.
//!
//! Minutes go to the provider's account. Everything that depends on a human looks at the server: signatures, intervals and
//! their limits, kin, who may be recipient. What always holds: `serving` of both accounts counts the orders of theirs that
//! have not ended, so that neither can be closed before it is paid.

use super::context::Context;
use super::group::{members, require_member};
use super::rejection::{Refusal, Rejection};
use super::standing::require_open;
use crate::id::AccountId;
use crate::record::account::AccountKind;
use crate::record::order::Provider;
use crate::transaction::Signer;

/// Who is paid and who serves: `account`, a person; or `account`, a group, and its `member`. Neither is closed.
pub(crate) fn provider_of(
    context: &Context<'_, '_>,
    account: AccountId,
    member: Option<AccountId>,
) -> Result<Provider, Refusal> {
    let record = context.account(account)?;
    require_open(account, &record)?;
    match (record.kind, member) {
        (AccountKind::Person { .. }, None) => Ok(Provider {
            account,
            server: account,
        }),
        (AccountKind::Person { .. }, Some(member)) => Err(Rejection::MemberUnneeded {
            provider: account,
            member,
        }
        .into()),
        (AccountKind::Group, None) => Err(Rejection::MemberMissing { group: account }.into()),
        (AccountKind::Group, Some(member)) => {
            context.live_person(member)?;
            require_member(&members(context, account)?, account, member)?;
            Ok(Provider {
                account,
                server: member,
            })
        }
        (AccountKind::Merchant { .. }, _) => Err(Rejection::NotAPerson { account }.into()),
    }
}

/// Checks that whoever serves is neither the recipient nor the person who posted.
pub(crate) fn check_provider(
    provider: Provider,
    recipient: AccountId,
    poster: AccountId,
) -> Result<(), Refusal> {
    let provider = provider.server;
    if provider == recipient {
        return Err(Rejection::ProviderIsRecipient { provider }.into());
    }
    if provider == poster {
        return Err(Rejection::ProviderIsPoster { provider }.into());
    }
    Ok(())
}

/// Requires the signatures that bind a provider to an order: the server's, a minor's with its legal guardian's, and a
/// group's own.
pub(crate) fn require_commitment(
    context: &mut Context<'_, '_>,
    provider: Provider,
) -> Result<(), Refusal> {
    context.require_consent(provider.server)?;
    context
        .signers
        .require(Signer::Account(provider.account))
        .map_err(Refusal::from)
}

/// Counts an order that `provider` has accepted.
pub(crate) fn starts_serving(
    context: &mut Context<'_, '_>,
    provider: Provider,
) -> Result<(), Refusal> {
    for account in accounts(provider) {
        let mut record = context.account(account)?;
        record.serving = record
            .serving
            .checked_add(1)
            .ok_or(Rejection::NumberOverflow)?;
        context.store_account(account, &record);
    }
    Ok(())
}

/// Counts an order of `provider` no longer.
pub(crate) fn stops_serving(
    context: &mut Context<'_, '_>,
    provider: Provider,
) -> Result<(), Refusal> {
    for account in accounts(provider) {
        let mut record = context.account(account)?;
        record.serving = record.serving.saturating_sub(1);
        context.store_account(account, &record);
    }
    Ok(())
}

/// The one or two accounts of a provider.
fn accounts(provider: Provider) -> impl Iterator<Item = AccountId> {
    let server = Some(provider.server).filter(|server| *server != provider.account);
    std::iter::once(provider.account).chain(server)
}
