//! What was used: the rules with their versions and thresholds, and how to check the report.

use ledger_core::message::{Arguments, Language};
use maud::{Markup, PreEscaped, html};
use timebank_print::page::{facts, identifier, section_on_new_sheet};
use timebank_print::table::cell;
use timebank_print::{Column, Table};

use super::{Audited, words};
use crate::screening::words::{kind, severity};

/// The last part.
pub(super) fn appendix(audited: &Audited<'_>, language: Language) -> Markup {
    let say = |name| words::word(language, name);
    let mut table = Table::new([
        Column::text(say("rule")),
        Column::number(say("version")),
        Column::text(say("severity")),
        Column::text(say("thresholds")),
    ]);
    for rule in &audited.rules.rules {
        let thresholds = rule.kind.thresholds();
        table.row([
            html! { (kind(language, rule.kind.name()).name) br; (identifier(&rule.id)) },
            cell(rule.version),
            cell(severity(language, rule.severity)),
            html! { @for (name, value) in thresholds { code { (name) " = " (value) } br; } },
        ]);
    }
    let set = Arguments::NONE.number("version", audited.rules.version);
    let body = html! {
        p { (words::say(language, "rules_used", &set)) }
        (facts([(say("rules_hash"), identifier(audited.rules.hash))]))
        (table.markup(language))
        h3 { (say("how_to_check")) }
        p { (say("how_to_check_text")) }
        p { code { "timebank verify manifest.json --genesis genesis.json" } }
        p { (say("how_to_repeat_text")) }
        p { code { "timebank audit replay" } br;
            code { "timebank audit run --from " (audited.period.from) " --to " (audited.period.to) } }
        (PreEscaped("\n"))
    };
    section_on_new_sheet(&say("section_appendix"), &body)
}
