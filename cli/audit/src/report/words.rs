//! The report's words, and how it names people, staff, offices and causes.

use std::sync::LazyLock;

use ledger_core::id::{OrganisationId, StaffId};
use ledger_core::message::{Arguments, Catalogue, Language};
use ledger_core::receipt::Cause;
use timebank_print::Tone;

use crate::report::{CHINESE, ENGLISH};
use crate::screening::{Severity, Subject};

fn catalogue(language: Language) -> &'static Catalogue {
    static IN_CHINESE: LazyLock<Catalogue> = LazyLock::new(|| load(Language::Chinese, CHINESE));
    static IN_ENGLISH: LazyLock<Catalogue> = LazyLock::new(|| load(Language::English, ENGLISH));
    match language {
        Language::Chinese => &IN_CHINESE,
        Language::English => &IN_ENGLISH,
    }
}

fn load(language: Language, source: &str) -> Catalogue {
    Catalogue::new(language, &[source]).expect("the built-in catalogue is checked by the tests")
}

/// The message `report-` and `name`.
pub(super) fn say(language: Language, name: &str, arguments: &Arguments) -> String {
    catalogue(language).render(&format!("report-{name}"), arguments)
}

/// The message `report-` and `name`, which shows nothing.
pub(super) fn word(language: Language, name: &str) -> String {
    say(language, name, &Arguments::NONE)
}

/// An office by its division code.
pub(super) fn office(organisation: OrganisationId) -> String {
    organisation.0.to_string()
}

/// A staff entry by its office's division code and its number.
pub(super) fn staff(staff: StaffId) -> String {
    format!("{}/{}", office(staff.organisation), staff.number)
}

/// A subject by its id.
pub(super) fn subject(subject: Subject) -> String {
    match subject {
        Subject::Account(account) => account.to_string(),
        Subject::Staff(entry) => staff(entry),
        Subject::Organisation(organisation) => office(organisation),
    }
}

/// What caused an entry, in one word, and the id by which it is found.
pub(super) fn cause(cause: &Cause) -> (&'static str, String) {
    match cause {
        Cause::Transaction(id) => ("transaction", id.to_string()),
        Cause::Settlement(order) => ("settlement", order.to_string()),
        Cause::Lapse(order) => ("lapse", order.to_string()),
        Cause::Forgetting(hour) => ("forgetting", hour.to_string()),
        Cause::Expiry(account, _) => ("expiry", account.to_string()),
        Cause::Recovery(account) => ("recovery", account.to_string()),
        Cause::Decision(order) => ("decision", order.to_string()),
        Cause::Escalation(order) => ("escalation", order.to_string()),
        Cause::OrderForgetting(order) => ("order_forgetting", order.to_string()),
        Cause::DayForgetting(account, _) => ("day_forgetting", account.to_string()),
        Cause::MonthClose(month) => ("month_close", month.to_string()),
        Cause::ReserveServing(pool) => ("reserve_serving", pool.to_string()),
        Cause::KinForgetting(one, _) => ("kin_forgetting", one.to_string()),
    }
}

/// The colour of a severity.
pub(super) const fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Low => Tone::Notice,
        Severity::Medium => Tone::Warning,
        Severity::High => Tone::Alarm,
    }
}

#[cfg(test)]
mod tests {
    use ledger_core::message::check::differences;

    #[test]
    fn both_languages_say_the_same_things() {
        let faults = differences(super::CHINESE, super::ENGLISH);
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
