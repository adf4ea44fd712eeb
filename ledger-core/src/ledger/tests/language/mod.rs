//! The language of the rule tests: lines in, a played city out.
//!
//! A line is one of
//! - `<operation> [by <signer>, <signer>…] -> <outcome>`, several of which ` && ` joins into one block. The outcome is
//!   `ok` or the code of a rejection; the first signer is the transaction's. What may be said is listed at the head of
//!   the files next to this one.
//! - a statement: something that passes by itself, or a claim about the books (`statement.rs`).
//!
//! Days are counted from the day of the next block: `+30` is thirty days on, `-1` was yesterday.

mod attendance;
mod disputes;
mod government;
mod orders;
mod people;
mod standing;
mod statement;
mod treasury;
mod value;

use std::sync::Arc;

use super::city::{City, Draft, Party};
use crate::amount::Minutes;
use crate::ledger::Rejection;
use crate::time::Day;

/// Plays `script` in a fresh city.
pub(in crate::ledger) fn check(script: &str) {
    City::new().play(script);
}

/// Minutes as written.
fn minutes(text: &str) -> Minutes {
    Minutes(
        text.parse()
            .unwrap_or_else(|_| panic!("{text:?} is no number of minutes")),
    )
}

impl City {
    /// Plays `script`, line by line.
    pub(in crate::ledger::tests) fn play(&mut self, script: &str) {
        for line in script.lines().map(str::trim) {
            if !line.is_empty() && !line.starts_with("//") {
                self.line(line);
            }
        }
    }

    fn line(&mut self, line: &str) {
        if !line.contains("->") {
            let words: Vec<_> = line.split_whitespace().collect();
            let understood = self.dispute_statement(&words)
                || self.order_statement(&words)
                || self.treasury_statement(&words)
                || self.attendance_statement(&words)
                || self.standing_statement(&words)
                || self.statement(&words);
            assert!(understood, "nobody understands {line:?}");
            return;
        }
        if let Some((said, status)) = line.split_once(" -> ")
            && self.serves(said, status)
        {
            return;
        }
        let (said, expected): (Vec<_>, Vec<_>) = line
            .split(" && ")
            .map(|clause| clause.split_once("->").expect("a clause has an outcome"))
            .unzip();
        for (rejection, expected) in self.attempt(&said).iter().zip(expected) {
            compare(line, rejection.as_ref(), expected.trim());
        }
    }

    /// Makes one block of what is said; why each was refused, if it was.
    pub(in crate::ledger::tests) fn attempt(&mut self, said: &[&str]) -> Vec<Option<Rejection>> {
        let known = self.names.clone();
        let mut clauses = Vec::new();
        for text in said {
            let draft = self.draft(text.trim());
            let sealed = self.seal(&draft);
            clauses.push((draft, sealed));
        }
        let candidates: Vec<_> = clauses.iter().map(|(_, it)| Arc::clone(it)).collect();
        let refused = self.block(&candidates);
        // What was refused created nothing.
        self.names = known;
        clauses
            .iter()
            .map(|(draft, sealed)| {
                let rejection = refused.get(&sealed.id()).cloned();
                if rejection.is_none() {
                    self.names.learn(&draft.creates, sealed.id());
                }
                rejection
            })
            .collect()
    }

    /// The operation of `text` and who signs it.
    pub(in crate::ledger::tests) fn draft(&self, text: &str) -> Draft {
        let (said, signers) = match text.split_once(" by ") {
            Some((said, signers)) => (said, Some(signers)),
            None => (text, None),
        };
        let words: Vec<_> = said.split_whitespace().collect();
        let mut draft = self
            .government(&words)
            .or_else(|| self.people(&words))
            .or_else(|| self.standing(&words))
            .or_else(|| self.orders(&words))
            .or_else(|| self.treasury(&words))
            .or_else(|| self.disputes(&words))
            .or_else(|| self.value(&words))
            .or_else(|| self.attendances(&words))
            .unwrap_or_else(|| panic!("nobody understands {said:?}"));
        if let Some(signers) = signers {
            draft.parties = signers
                .split(',')
                .map(|name| self.party(name.trim()))
                .collect::<Vec<Party>>();
        }
        draft
    }

    /// The day `text` counts from the next block's.
    fn day(&self, text: &str) -> Day {
        let today = self.today();
        let count = |digits: &str| -> u32 { digits.parse().expect("a number of days") };
        match (text.strip_prefix('+'), text.strip_prefix('-')) {
            (Some(digits), _) => Day(today.0 + count(digits)),
            (_, Some(digits)) => Day(today.0 - count(digits)),
            _ => panic!("{text:?} is no day; write +30 or -1"),
        }
    }
}

/// Checks what became of a transaction.
fn compare(line: &str, rejection: Option<&Rejection>, expected: &str) {
    match (rejection, expected) {
        (None, "ok") => {}
        (None, _) => {
            assert!(
                Rejection::CODES.contains(&expected),
                "{line:?}: no rejection is called {expected:?}"
            );
            panic!("{line:?}: it applied")
        }
        (Some(rejection), _) => assert_eq!(rejection.code(), expected, "{line:?}: {rejection:?}"),
    }
}
