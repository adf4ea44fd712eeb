//! What a transaction says, in the words of the one who is to sign it.
//!
//! An [`Explanation`] has a title, one sentence on what signing does, a line for every field, and warnings where signing
//! gives something away for good. It is made from the signed bytes and nothing else: no name comes from a node, an address
//! book or the document around them, so whoever hands over a document has no say in what its signers read. Accounts are
//! shown in full, because a shortened one can be imitated.
//!
//! What always holds, because tests try it: every operation can be explained in both languages; changing any field of any
//! operation changes the title or a line; nothing is left unfilled.
//!
//! Dates and times are those of the city's calendar. It is a genesis parameter and not in the transaction: [`explain`] uses
//! UTC+8, which every Chinese city has, and says so in a line; [`explain_in`] takes another. Whether the chain is the
//! wallet's own is for the caller to check ([`crate::Document::check_chain`]).

mod government;
mod people;
mod service;
pub(crate) mod sheet;
mod value;

use ledger_core::codec;
use ledger_core::id::TransactionId;
use ledger_core::message::{Arguments, Language};
use ledger_core::time::Calendar;
use ledger_core::transaction::{ENVELOPE_BYTES_MAX, Operation, TRANSACTION_VERSION, Transaction};

use crate::error::Error;
use crate::message::catalogue;
use sheet::Sheet;

/// A transaction in plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What is asked for, in a word or two.
    pub title: String,
    /// What signing does, in a sentence.
    pub sentence: String,
    /// Every field.
    pub lines: Vec<Line>,
    /// What the signer should think about twice.
    pub warnings: Vec<String>,
    /// The transaction's id: two people who see the same id sign the same thing.
    pub id: TransactionId,
    language: Language,
}

/// One field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub label: String,
    /// What it says; lists have a line each.
    pub text: String,
}

impl Explanation {
    /// As a text for a screen or a sheet of paper.
    pub fn to_text(&self) -> String {
        let catalogue = catalogue(self.language);
        let mut text = format!("{}\n{}\n\n", self.title, self.sentence);
        let mut line = |label: &str, value: &str| {
            let arguments = Arguments::NONE
                .text("label", label)
                .text("text", value.replace('\n', "\n    "));
            text.push_str(&catalogue.render("explain-line", &arguments));
            text.push('\n');
        };
        for Line { label, text } in &self.lines {
            line(label, text);
        }
        let id = catalogue.render("explain-label-id", &Arguments::NONE);
        line(&id, &self.id.to_string());
        for warning in &self.warnings {
            let arguments = Arguments::NONE.text("warning", warning);
            text.push('\n');
            text.push_str(&catalogue.render("explain-warning", &arguments));
            text.push('\n');
        }
        text
    }
}

/// The name of an operation's kind: `post_order`. What the message catalogues call it.
pub fn kind(operation: &Operation) -> String {
    let json = serde_json::to_value(operation).unwrap_or_default();
    let kind = json.get("kind").and_then(serde_json::Value::as_str);
    kind.unwrap_or_default().to_owned()
}

/// What `transaction` says, with dates and times in UTC+8.
pub fn explain(transaction: &Transaction, language: Language) -> Explanation {
    explain_in(transaction, language, Calendar::CHINA)
}

/// What the bytes to be signed say.
///
/// # Errors
/// When they are not the encoding of a transaction.
pub fn explain_bytes(signed_bytes: &[u8], language: Language) -> Result<Explanation, Error> {
    let transaction: Transaction =
        codec::decode(signed_bytes, ENVELOPE_BYTES_MAX).map_err(|error| {
            Error::DocumentMalformed {
                reason: error.to_string(),
            }
        })?;
    Ok(explain(&transaction, language))
}

/// What `transaction` says, with dates and times by `calendar`.
pub fn explain_in(
    transaction: &Transaction,
    language: Language,
    calendar: Calendar,
) -> Explanation {
    let Transaction {
        chain_id,
        version,
        signer,
        valid_until_ms,
        nonce,
        operation,
    } = transaction;
    let mut sheet = Sheet::new(language, calendar);
    fill(&mut sheet, operation);
    let kind = kind(operation);
    let catalogue = catalogue(language);
    let title = catalogue.render(&format!("word-operation_{kind}"), &Arguments::NONE);
    let sentence = sheet.sentence(&kind);
    let signed_by = catalogue.render(&format!("word-signed_by_{kind}"), &Arguments::NONE);
    sheet.line("signed_by", signed_by);
    sheet.line("signer", sheet.signer(*signer));
    sheet.instant("valid_until", *valid_until_ms);
    sheet.line("calendar", sheet.offset());
    sheet.line("chain", chain_id.to_string());
    sheet.line("nonce", hex::encode(nonce));
    sheet.line("version", version.to_string());
    if *version != TRANSACTION_VERSION {
        sheet.warn("version");
    }
    let (lines, warnings) = sheet.finish();
    Explanation {
        title: capitalised(&title),
        sentence,
        lines,
        warnings,
        id: transaction.id(),
        language,
    }
}

/// The words of the rules begin with a small letter where the language has them.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    first + letters.as_str()
}

fn fill(sheet: &mut Sheet, operation: &Operation) {
    match operation {
        Operation::RegisterOrganisation(it) => government::register_organisation(sheet, it),
        Operation::SetStaff(it) => government::set_staff(sheet, it),
        Operation::SetPolicy(it) => government::set_policy(sheet, it),
        Operation::SetCatalogue(it) => government::set_catalogue(sheet, it),
        Operation::SetValidators(it) => government::set_validators(sheet, it),
        Operation::OpenBudget(it) => government::open_budget(sheet, it),
        Operation::FundPool(it) => government::fund_pool(sheet, it),
        Operation::SubmitEvidence(it) => government::submit_evidence(sheet, it),
        Operation::AdvanceTime(it) => government::advance_time(sheet, it),
        Operation::ScheduleUpgrade(it) => government::schedule_upgrade(sheet, it),
        Operation::CosignClearing(it) => government::cosign_clearing(sheet, it),
        Operation::OpenAccount(it) => people::open_account(sheet, it),
        Operation::RotateKey(it) => people::rotate_key(sheet, it),
        Operation::LinkKin(it) => people::link_kin(sheet, it),
        Operation::UnlinkKin(it) => people::unlink_kin(sheet, it),
        Operation::SetKinAllowance(it) => people::set_kin_allowance(sheet, it),
        Operation::AppointProxy(it) => people::appoint_proxy(sheet, it),
        Operation::RevokeProxy(it) => people::revoke_proxy(sheet, it),
        Operation::SetLegalGuardian(it) => people::set_legal_guardian(sheet, it),
        Operation::OpenGroup(it) => people::open_group(sheet, it),
        Operation::SetMembers(it) => people::set_members(sheet, it),
        Operation::SetProgrammes(it) => people::set_programmes(sheet, it),
        Operation::MoveHome(it) => people::move_home(sheet, it),
        Operation::Freeze(it) => people::freeze(sheet, it),
        Operation::Unfreeze(it) => people::unfreeze(sheet, it),
        Operation::CloseAccount(it) => people::close_account(sheet, it),
        Operation::SetGuardians(it) => people::set_guardians(sheet, it),
        Operation::StartRecovery(it) => people::start_recovery(sheet, it),
        Operation::CancelRecovery(it) => people::cancel_recovery(sheet, it),
        Operation::FinishRecovery(it) => people::finish_recovery(sheet, it),
        Operation::PostOrder(it) => service::post_order(sheet, it),
        Operation::AcceptOrder(it) => service::accept_order(sheet, it),
        Operation::StartOrder(it) => service::start_order(sheet, it),
        Operation::CompleteOrder(it) => service::complete_order(sheet, it),
        Operation::CancelOrder(it) => service::cancel_order(sheet, it),
        Operation::VerifyOrder(it) => service::verify_order(sheet, it),
        Operation::RecordService(it) => service::record_service(sheet, it),
        Operation::ReportNoShow(it) => service::report_no_show(sheet, it),
        Operation::RateOrder(it) => service::rate_order(sheet, it),
        Operation::OpenDispute(it) => service::open_dispute(sheet, it),
        Operation::ResolveDispute(it) => service::resolve_dispute(sheet, it),
        Operation::Appeal(it) => service::appeal(sheet, it),
        Operation::ReverseOrder(it) => service::reverse_order(sheet, it),
        Operation::RecordTraining(it) => service::attendance(sheet, &it.attendance),
        Operation::RecordCampaign(it) => service::attendance(sheet, &it.attendance),
        Operation::Gift(it) => value::gift(sheet, it),
        Operation::Donate(it) => value::donate(sheet, it),
        Operation::RegisterMerchant(it) => value::register_merchant(sheet, it),
        Operation::SetItems(it) => value::set_items(sheet, it),
        Operation::Redeem(it) => value::redeem(sheet, it),
        Operation::Grant(it) => value::grant(sheet, it),
        Operation::SpendPool(it) => value::spend_pool(sheet, it),
        Operation::SettleMerchant(it) => value::settle_merchant(sheet, it),
    }
}

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
