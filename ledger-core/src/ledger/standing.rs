//! What an account may do and where it belongs: programmes, home, freezing, closing.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::id::AccountId;
use crate::record::account::{AccountKind, AccountRecord, AccountStatus};
use crate::record::policy::PolicyParameter;
use crate::transaction;
use crate::transaction::Signer;

pub(crate) fn set_programmes(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::account::SetProgrammes,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn move_home(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::account::MoveHome,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn freeze(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::account::Freeze,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn unfreeze(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::account::Unfreeze,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn close(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::account::CloseAccount,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn set_legal_guardian(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::account::SetLegalGuardian,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

impl Context<'_, '_> {
    /// The account of a person, not closed, who may become party to something new.
    pub(crate) fn live_person(&self, account: AccountId) -> Result<AccountRecord, Refusal> {
        let record = self.person(account)?;
        require_open(account, &record)?;
        Ok(record)
    }

    /// Checks that the account may spend: it is active, and if it is a group's, the policy of its home district lets
    /// groups spend.
    pub(crate) fn require_may_spend(&self, account: AccountId) -> Result<(), Refusal> {
        let record = self.account(account)?;
        require_open(account, &record)?;
        if record.status == AccountStatus::Frozen {
            return Err(Rejection::AccountFrozen { account }.into());
        }
        let may = PolicyParameter::GroupMaySpend;
        if record.kind == AccountKind::Group && self.policy_number(record.home_district, may)? == 0
        {
            return Err(Rejection::GroupMayNotSpend { group: account }.into());
        }
        Ok(())
    }

    /// Requires the holder's signature to something that binds it: a minor's together with its legal guardian's.
    pub(crate) fn require_consent(&mut self, account: AccountId) -> Result<(), Refusal> {
        self.signers.require(Signer::Account(account))?;
        self.require_guardian_beside(account)
    }

    /// Requires the legal guardian's signature beside that of a minor who signs.
    pub(crate) fn require_guardian_beside(&mut self, account: AccountId) -> Result<(), Refusal> {
        if let Some(guardian) = self.account(account)?.legal_guardian {
            self.signers.require(Signer::Account(guardian))?;
        }
        Ok(())
    }
}

/// Checks that an account is not closed.
pub(crate) fn require_open(account: AccountId, record: &AccountRecord) -> Result<(), Rejection> {
    if record.status == AccountStatus::Closed {
        return Err(Rejection::AccountClosed { account });
    }
    Ok(())
}
