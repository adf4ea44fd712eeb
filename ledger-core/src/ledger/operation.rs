//! Which rule file carries out which operation.

use super::context::Context;
use super::rejection::Refusal;
use super::{
    account, attendance, budget, chain, clearing, closing, conduct, dispute, exchange, grant,
    group, guardianship, kin, order, organisation, policy, proxy, recovery, reversal, service,
    standing, upgrade, verify,
};
use crate::transaction::{Operation, Transaction};

/// Carries out the transaction's operation.
pub(crate) fn apply(
    context: &mut Context<'_, '_>,
    transaction: &Transaction,
) -> Result<(), Refusal> {
    let signer = transaction.signer;
    match &transaction.operation {
        Operation::RegisterOrganisation(operation) => organisation::register(context, operation),
        Operation::SetStaff(operation) => organisation::set_staff(context, operation),
        Operation::SetPolicy(operation) => policy::set_policy(context, operation),
        Operation::SetCatalogue(operation) => policy::set_catalogue(context, operation),
        Operation::SetValidators(operation) => chain::set_validators(context, operation),
        Operation::SubmitEvidence(operation) => chain::submit_evidence(context, signer, operation),
        Operation::AdvanceTime(operation) => chain::advance_time(context, operation),
        Operation::OpenBudget(operation) => budget::open(context, operation),
        Operation::FundPool(operation) => budget::fund_pool(context, operation),
        Operation::OpenAccount(operation) => account::open(context, operation),
        Operation::RotateKey(operation) => account::rotate_key(context, operation),
        Operation::LinkKin(operation) => kin::link(context, operation),
        Operation::UnlinkKin(operation) => kin::unlink(context, operation),
        Operation::SetKinAllowance(operation) => kin::set_allowance(context, operation),
        Operation::AppointProxy(operation) => proxy::appoint(context, operation),
        Operation::RevokeProxy(operation) => proxy::revoke(context, operation),
        Operation::PostOrder(operation) => order::post(context, operation),
        Operation::AcceptOrder(operation) => order::accept(context, operation),
        Operation::StartOrder(operation) => order::start(context, operation),
        Operation::CancelOrder(operation) => order::cancel(context, operation),
        Operation::CompleteOrder(operation) => service::complete(context, operation),
        Operation::RecordService(operation) => service::record(context, operation),
        Operation::VerifyOrder(operation) => verify::verify(context, operation),
        Operation::Gift(operation) => exchange::gift(context, operation),
        Operation::Donate(operation) => exchange::donate(context, operation),
        Operation::RegisterMerchant(operation) => exchange::register_merchant(context, operation),
        Operation::SetItems(operation) => exchange::set_items(context, operation),
        Operation::Redeem(operation) => exchange::redeem(context, operation),
        Operation::OpenGroup(operation) => group::open(context, operation),
        Operation::SetMembers(operation) => group::set_members(context, operation),
        Operation::SetProgrammes(operation) => standing::set_programmes(context, operation),
        Operation::MoveHome(operation) => standing::move_home(context, operation),
        Operation::Freeze(operation) => standing::freeze(context, operation),
        Operation::Unfreeze(operation) => standing::unfreeze(context, operation),
        Operation::CloseAccount(operation) => closing::close(context, operation),
        Operation::SetLegalGuardian(operation) => {
            guardianship::set_legal_guardian(context, operation)
        }
        Operation::SetGuardians(operation) => recovery::set_guardians(context, operation),
        Operation::StartRecovery(operation) => recovery::start(context, operation),
        Operation::CancelRecovery(operation) => recovery::cancel(context, operation),
        Operation::FinishRecovery(operation) => recovery::finish(context, operation),
        Operation::ReportNoShow(operation) => conduct::report_no_show(context, operation),
        Operation::RateOrder(operation) => conduct::rate(context, operation),
        Operation::OpenDispute(operation) => dispute::open(context, operation),
        Operation::ResolveDispute(operation) => dispute::resolve(context, operation),
        Operation::Appeal(operation) => dispute::appeal(context, operation),
        Operation::ReverseOrder(operation) => reversal::reverse(context, operation),
        Operation::RecordTraining(operation) => {
            attendance::record_training(context, signer, operation)
        }
        Operation::RecordCampaign(operation) => {
            attendance::record_campaign(context, signer, operation)
        }
        Operation::Grant(operation) => grant::grant(context, operation),
        Operation::SpendPool(operation) => grant::spend_pool(context, operation),
        Operation::SettleMerchant(operation) => grant::settle_merchant(context, operation),
        Operation::ScheduleUpgrade(operation) => upgrade::schedule(context, operation),
        Operation::CosignClearing(operation) => clearing::cosign(context, signer, operation),
    }
}
