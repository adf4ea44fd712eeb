//! Shrinks a history to what a disagreement needs, and tells it in plain lines.

use std::fmt::Write;

use ledger_core::time::Calendar;

use super::founding::{CITY, DISTRICTS, FOUNDERS, POINTS, STREETS, founding_people, person};
use super::play::{Disagreement, Failure, Step, kind_of, replay};
use super::prologue::names;

/// A shorter history of the same seed that still shows a disagreement, without any transaction or block it can do without.
pub fn shrink(failure: &Failure) -> Failure {
    let seed = failure.seed;
    let mut shortest = failure.clone();
    loop {
        let before = size(&shortest.history);
        drop_candidates(seed, &mut shortest);
        drop_blocks(seed, &mut shortest);
        if size(&shortest.history) == before {
            return shortest;
        }
    }
}

fn size(history: &[Step]) -> usize {
    history.iter().map(|it| 1 + it.candidates.len()).sum()
}

/// Takes `history` as the shorter one if it shows a disagreement; whether it did.
fn try_shorter(seed: u64, shortest: &mut Failure, mut history: Vec<Step>) -> bool {
    let Some((index, disagreement)) = replay(seed, &history) else {
        return false;
    };
    history.truncate(index + 1);
    shortest.history = history;
    shortest.disagreement = disagreement;
    true
}

/// Removes runs of transactions, halves first, then ever shorter ones.
fn drop_candidates(seed: u64, shortest: &mut Failure) {
    let count = |history: &[Step]| history.iter().map(|it| it.candidates.len()).sum::<usize>();
    let mut run = count(&shortest.history).div_ceil(2);
    while run > 0 {
        let mut at = 0;
        while at < count(&shortest.history) {
            let mut position = 0;
            let mut history = shortest.history.clone();
            for step in &mut history {
                step.candidates.retain(|_| {
                    position += 1;
                    !(at..at + run).contains(&(position - 1))
                });
            }
            if !try_shorter(seed, shortest, history) {
                at += run;
            }
        }
        run /= 2;
    }
}

/// Removes blocks that hold nothing.
fn drop_blocks(seed: u64, shortest: &mut Failure) {
    let mut at = shortest.history.len();
    while at > 0 {
        at -= 1;
        if at < shortest.history.len() && shortest.history[at].candidates.is_empty() {
            let mut history = shortest.history.clone();
            history.remove(at);
            try_shorter(seed, shortest, history);
        }
    }
}

/// The history and the two answers, for people.
pub fn tell(failure: &Failure) -> String {
    let mut text = format!(
        "seed {} (city of kind {}), shortest history:\n",
        failure.seed,
        kind_of(failure.seed)
    );
    for step in &failure.history {
        let time = Calendar::CHINA.show(step.time_ms);
        let _ = writeln!(text, "{time} ({})", step.time_ms.0);
        for candidate in &step.candidates {
            let asked = candidate.sealed.transaction();
            let id = candidate.sealed.id();
            let by: Vec<String> = candidate
                .signed
                .iter()
                .map(|(signer, _)| format!("{signer:?}"))
                .collect();
            let _ = writeln!(
                text,
                "  {:?} by {} until {} (makes {} or {})",
                asked.operation,
                by.join(", "),
                Calendar::CHINA.show(asked.valid_until_ms),
                ledger_core::id::AccountId::derive(id),
                ledger_core::id::OrderId::derive(id),
            );
        }
    }
    match &failure.disagreement {
        Disagreement::Answer {
            index,
            ledger,
            model,
        } => {
            let _ = writeln!(text, "transaction {index} of the last block:");
            let _ = match ledger {
                Some(rejection) => writeln!(text, "  ledger: {rejection}"),
                None => writeln!(text, "  ledger: applies"),
            };
            let _ = match model {
                Some(refusal) => writeln!(text, "  model: {refusal:?}"),
                None => writeln!(text, "  model: applies"),
            };
        }
        Disagreement::Figure(it) => {
            let _ = writeln!(
                text,
                "{}:\n  ledger: {}\n  model:  {}",
                it.what, it.ledger, it.model
            );
        }
        Disagreement::LedgerFault(reason) => {
            let _ = writeln!(text, "the ledger stops: {reason}");
        }
        Disagreement::ModelFault(reason) => {
            let _ = writeln!(text, "the model stops: {reason}");
        }
    }
    named(failure.seed, text)
}

/// `text` with names in place of ids.
fn named(seed: u64, mut text: String) -> String {
    for number in 0..founding_people() {
        text = text.replace(&person(number).to_string(), &format!("person-{number}"));
    }
    for (id, name) in names(kind_of(seed)) {
        text = text.replace(&id.to_string(), name);
    }
    let offices = [
        ("city", &[CITY][..]),
        ("district", &DISTRICTS),
        ("street", &STREETS),
        ("point", &POINTS),
    ];
    for (level, ids) in offices {
        for (index, id) in ids.iter().enumerate().rev() {
            let name = if level == "city" {
                level.to_owned()
            } else {
                format!("{level}-{}", index + 1)
            };
            text = text.replace(&id.to_string(), &name);
            text = text.replace(&format!("{id:?}"), &name);
        }
    }
    debug_assert!(FOUNDERS.len() == founding_people());
    text
}
