//! Which rule file carries out which operation.

use super::context::Context;
use super::rejection::Refusal;
use super::{
    account, budget, chain, exchange, kin, order, organisation, policy, proxy, service, verify,
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
    }
}
