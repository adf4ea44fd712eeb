//! What a transaction asks for: the fields of the ledger's own operations, one to one, so that a translation needs no rule.
//! An operation that creates something names the id the thing will have.

pub mod account;
pub mod government;
pub mod service;
pub mod value;

/// An operation of the rule book (`docs/protocol.md`, "Operations"). City-to-city operations, `SetValidators` and
/// `SubmitEvidence` move no minutes and change no right; they are not modelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// See [`government::RegisterOrganisation`].
    RegisterOrganisation(government::RegisterOrganisation),
    /// See [`government::SetStaff`].
    SetStaff(government::SetStaff),
    /// See [`government::SetPolicy`].
    SetPolicy(government::SetPolicy),
    /// See [`government::SetCatalogue`].
    SetCatalogue(government::SetCatalogue),
    /// See [`government::ScheduleUpgrade`].
    ScheduleUpgrade(government::ScheduleUpgrade),
    /// See [`government::OpenBudget`].
    OpenBudget(government::OpenBudget),
    /// See [`government::FundPool`].
    FundPool(government::FundPool),
    /// See [`government::AdvanceTime`].
    AdvanceTime(government::AdvanceTime),
    /// See [`government::CosignClearing`].
    CosignClearing(government::CosignClearing),
    /// See [`account::OpenAccount`].
    OpenAccount(account::OpenAccount),
    /// See [`account::OpenGroup`].
    OpenGroup(account::OpenGroup),
    /// See [`account::SetMembers`].
    SetMembers(account::SetMembers),
    /// See [`account::SetLegalGuardian`].
    SetLegalGuardian(account::SetLegalGuardian),
    /// See [`account::RotateKey`].
    RotateKey(account::RotateKey),
    /// See [`account::SetGuardians`].
    SetGuardians(account::SetGuardians),
    /// See [`account::StartRecovery`].
    StartRecovery(account::StartRecovery),
    /// See [`account::CancelRecovery`].
    CancelRecovery(account::CancelRecovery),
    /// See [`account::FinishRecovery`].
    FinishRecovery(account::FinishRecovery),
    /// See [`account::LinkKin`].
    LinkKin(account::LinkKin),
    /// See [`account::UnlinkKin`].
    UnlinkKin(account::UnlinkKin),
    /// See [`account::SetKinAllowance`].
    SetKinAllowance(account::SetKinAllowance),
    /// See [`account::AppointProxy`].
    AppointProxy(account::AppointProxy),
    /// See [`account::RevokeProxy`].
    RevokeProxy(account::RevokeProxy),
    /// See [`account::SetProgrammes`].
    SetProgrammes(account::SetProgrammes),
    /// See [`account::MoveHome`].
    MoveHome(account::MoveHome),
    /// See [`account::Freeze`].
    Freeze(account::Freeze),
    /// See [`account::Unfreeze`].
    Unfreeze(account::Unfreeze),
    /// See [`account::CloseAccount`].
    CloseAccount(account::CloseAccount),
    /// See [`service::PostOrder`].
    PostOrder(service::PostOrder),
    /// See [`service::AcceptOrder`].
    AcceptOrder(service::AcceptOrder),
    /// See [`service::StartOrder`].
    StartOrder(service::StartOrder),
    /// See [`service::CompleteOrder`].
    CompleteOrder(service::CompleteOrder),
    /// See [`service::CancelOrder`].
    CancelOrder(service::CancelOrder),
    /// See [`service::ReportNoShow`].
    ReportNoShow(service::ReportNoShow),
    /// See [`service::VerifyOrder`].
    VerifyOrder(service::VerifyOrder),
    /// See [`service::RecordService`].
    RecordService(service::RecordService),
    /// See [`service::RecordActivity`].
    RecordTraining(service::RecordActivity),
    /// See [`service::RecordActivity`].
    RecordCampaign(service::RecordActivity),
    /// See [`service::RateOrder`].
    RateOrder(service::RateOrder),
    /// See [`service::OpenDispute`].
    OpenDispute(service::OpenDispute),
    /// See [`service::ResolveDispute`].
    ResolveDispute(service::ResolveDispute),
    /// See [`service::Appeal`].
    Appeal(service::Appeal),
    /// See [`service::ReverseOrder`].
    ReverseOrder(service::ReverseOrder),
    /// See [`value::Gift`].
    Gift(value::Gift),
    /// See [`value::Donate`].
    Donate(value::Donate),
    /// See [`value::Grant`].
    Grant(value::Grant),
    /// See [`value::SpendPool`].
    SpendPool(value::SpendPool),
    /// See [`value::RegisterMerchant`].
    RegisterMerchant(value::RegisterMerchant),
    /// See [`value::SetItems`].
    SetItems(value::SetItems),
    /// See [`value::Redeem`].
    Redeem(value::Redeem),
    /// See [`value::SettleMerchant`].
    SettleMerchant(value::SettleMerchant),
}
