//! What in the auditor's book stands out by the rules of screening: exit code 11 when something does.

use std::path::{Path, PathBuf};

use clap::Args;
use ledger_core::id::{AccountId, Height};
use ledger_core::message::{Arguments, Language};
use ledger_core::time::{Calendar, Day};
use serde_json::json;
use timebank_audit::Book;
use timebank_audit::manifest::MadeOf;
use timebank_audit::report::{self, Audited};
use timebank_audit::screening::{
    Finding, Period, RULES_BYTES_MAX, Rules, Severity, Subject, screen, words,
};

use crate::book::{self, FromBook};
use crate::exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::sealing::seal_folder;
use crate::sentence::catalogue;
use crate::session::Session;
use crate::value::parse;

/// The most findings that are shown to people; programs get all.
const SHOWN_MAX: usize = 50;

#[derive(Debug, Args)]
pub(crate) struct Run {
    #[arg(long, value_name = "DAY", value_parser = parse::<Day>)]
    from: Option<Day>,
    #[arg(long, value_name = "DAY", value_parser = parse::<Day>)]
    to: Option<Day>,
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::<AccountId>, conflicts_with = "report")]
    about: Option<AccountId>,
    #[arg(long, value_name = "FOLDER")]
    report: Option<PathBuf>,
    #[arg(long, conflicts_with = "report")]
    show_rules: bool,
    #[command(flatten)]
    book: FromBook,
}

pub(crate) fn run(arguments: &Run, session: &Session<'_>) -> Result<Output, Failure> {
    if arguments.show_rules {
        return Ok(Output::verbatim(Rules::built_in_text().to_owned()));
    }
    let rules = rules(arguments, session)?;
    let asked = Period {
        from: arguments.from.unwrap_or(Period::ALL.from),
        to: arguments.to.unwrap_or(Period::ALL.to),
    };
    if asked.from > asked.to {
        let about = Arguments::NONE
            .text("from", asked.from)
            .text("to", asked.to);
        return Err(Failure::usage("period_backwards", about));
    }
    let book = arguments.book.current(session)?;
    let facts = book::facts(&book, session)?;
    let mut findings = screen(&facts, &rules, asked);
    if let Some(account) = arguments.about {
        findings.retain(|finding| finding.concerns(account));
    }
    let calendar = book.calendar();
    // Services recorded from paper may lie before the chain's first day.
    let served = facts
        .orders
        .values()
        .filter_map(|it| it.service_day(calendar));
    let began = calendar.day(book.genesis().time_ms);
    let first = served.min().map_or(began, |served| served.min(began));
    let period = Period {
        from: asked.from.max(first),
        to: asked.to.min(calendar.day(book.time_ms())),
    };
    let json = json!({
        "chain_id": book.chain_id(), "height": book.height(), "block_id": book.block_id(),
        "from": period.from, "to": period.to,
        "rules": {"version": rules.version, "blake3": rules.hash, "count": rules.rules.len()},
        "findings": findings,
    });
    let mut output = Output::of(&json).fields([
        ("height", json!(book.height())),
        ("period_from", json!(period.from)),
        ("period_to", json!(period.to)),
        ("orders", json!(facts.orders.len())),
        ("rules_used", json!(rules.rules.len())),
    ]);
    if let Some(folder) = &arguments.report {
        let audited = Audited::of(&book, &facts, asked, &rules, &findings)
            .map_err(|error| Failure::local("unsealed", Arguments::NONE.text("reason", error)))?;
        let signed = write_report(session, &book, folder, &audited)?;
        let about = Arguments::NONE.text("path", folder.display());
        output = output.say(
            match signed {
                true => "report-signed",
                false => "report-unsigned",
            },
            about,
        );
    }
    Ok(shown(output, &findings, session.language(), calendar))
}

/// Writes the report with its manifest; whether an auditor signed it.
fn write_report(
    session: &Session<'_>,
    book: &Book,
    folder: &Path,
    audited: &Audited<'_>,
) -> Result<bool, Failure> {
    let names = report::write(folder, audited)
        .map_err(|error| Failure::local("unsealed", Arguments::NONE.text("reason", error)))?;
    let first = Height::GENESIS.next();
    let about = (MadeOf::Report, first);
    let manifest = seal_folder(session, book, folder, about, &names)?;
    Ok(manifest.signature.is_some())
}

fn rules(arguments: &Run, session: &Session<'_>) -> Result<Rules, Failure> {
    let Some(path) = &arguments.rules else {
        return Ok(Rules::built_in());
    };
    let length_max = u64::try_from(RULES_BYTES_MAX).unwrap_or(u64::MAX);
    let bytes = session.read(path, length_max)?;
    let unusable = |reason: String| {
        let about = Arguments::NONE
            .text("path", path.display())
            .text("reason", reason);
        Failure::usage("rules_unusable", about)
    };
    let text = String::from_utf8(bytes).map_err(|error| unusable(error.to_string()))?;
    Rules::read(&text).map_err(|error| unusable(error.to_string()))
}

/// With the findings, the gravest first, and what they mean.
fn shown(
    mut output: Output,
    findings: &[Finding],
    language: Language,
    calendar: Calendar,
) -> Output {
    for finding in findings.iter().take(SHOWN_MAX) {
        output = output.text_block(described(finding, language, calendar));
    }
    let number = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let (count, hidden) = (
        number(findings.len()),
        number(findings.len().saturating_sub(SHOWN_MAX)),
    );
    if hidden > 0 {
        output = output.say("screening-more", Arguments::NONE.number("count", hidden));
    }
    if count == 0 {
        return output.say("screening-nothing", Arguments::NONE);
    }
    let of = |severity| findings.iter().filter(|it| it.severity == severity).count();
    let about = Arguments::NONE
        .number("count", count)
        .number("high", number(of(Severity::High)))
        .number("medium", number(of(Severity::Medium)))
        .number("low", number(of(Severity::Low)));
    output.say("screening-found", about).exit(exit::FINDINGS)
}

/// One finding for people: what, about whom, how much, where, and what may be behind it.
fn described(finding: &Finding, language: Language, calendar: Calendar) -> String {
    let kind = words::kind(language, finding.kind);
    let subjects: Vec<String> = finding
        .subjects
        .iter()
        .map(|subject| subject_text(*subject, language))
        .collect();
    let about = Arguments::NONE
        .text("severity", words::severity(language, finding.severity))
        .text("name", kind.name)
        .text("rule", &finding.rule)
        .number("version", finding.version)
        .number("score", finding.score)
        .text("subjects", subjects.join(" "))
        .text("figures", words::figures(language, finding, calendar))
        .text("honest", kind.honest)
        .number("entries", finding.evidence_total)
        .text(
            "first",
            finding.evidence.first().map_or(0, |it| it.event.height.0),
        )
        .text(
            "last",
            finding.evidence.last().map_or(0, |it| it.event.height.0),
        );
    let say = |id| catalogue(language).render(id, &about);
    let mut text = format!("{}\n", say("finding-name"));
    for id in [
        "finding-subjects",
        "finding-figures",
        "finding-evidence",
        "finding-honest",
    ] {
        text.push_str("    ");
        text.push_str(&say(id));
        text.push('\n');
    }
    text.push('\n');
    text
}

fn subject_text(subject: Subject, language: Language) -> String {
    let office = |text: String| {
        let about = Arguments::NONE.text("office", text);
        catalogue(language).render("office", &about)
    };
    match subject {
        Subject::Account(account) => account.to_string(),
        Subject::Staff(staff) => office(staff.to_string()),
        Subject::Organisation(organisation) => office(organisation.to_string()),
    }
}
