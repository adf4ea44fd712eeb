//! Which sources have brought wrong signatures lately, and what each of them owes.
//!
//! A wrong signature costs more to find than a right one costs to verify, and whoever shares its batch waits for that. So a
//! source that has brought one is a suspect until it has brought [`OWED_FOR_WRONG`] right ones, as many as a batch holds:
//! nobody spoils a second batch for less work than the batch is. Nobody is kept away for it: a peer whose tip differs from
//! ours may honestly have verified a signature by a key that we do not have yet, or no longer have.
//!
//! What always holds: at most [`SUSPECTS_MAX`] are remembered, and who owes least is forgotten first; nobody owes more than
//! [`OWED_MAX`].

use std::collections::BTreeMap;

use super::super::input::Source;

/// How many right signatures make up for a wrong one.
const OWED_FOR_WRONG: u32 = 1_024;
/// The most right signatures a source can owe.
const OWED_MAX: u32 = 8 * OWED_FOR_WRONG;
/// The most suspects remembered.
pub(super) const SUSPECTS_MAX: usize = 1_024;

/// Whether a source's standing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It has not.
    None,
    /// It is a suspect from now on.
    Suspected,
    /// It is none any more.
    Cleared,
}

/// How many right signatures each suspect owes, at least one.
#[derive(Debug, Default)]
pub(super) struct Suspects {
    owed: BTreeMap<Source, u32>,
}

impl Suspects {
    /// How many are remembered.
    pub(super) fn len(&self) -> usize {
        self.owed.len()
    }

    pub(super) fn contains(&self, source: &Source) -> bool {
        !self.owed.is_empty() && self.owed.contains_key(source)
    }

    /// Notes what the signatures of one transaction of `source` turned out to be. This node itself is no suspect: what it signs
    /// is bounded by itself.
    pub(super) fn note(&mut self, source: Source, right: u32, wrong: u32) -> Change {
        if source == Source::Own || (wrong == 0 && self.owed.is_empty()) {
            return Change::None;
        }
        let before = self.owed.get(&source).copied();
        let owed = before
            .unwrap_or(0)
            .saturating_sub(right)
            .saturating_add(wrong.saturating_mul(OWED_FOR_WRONG))
            .min(OWED_MAX);
        if owed == 0 {
            self.owed.remove(&source);
        } else {
            self.owed.insert(source, owed);
        }
        match (before.is_some(), owed > 0) {
            (false, true) => Change::Suspected,
            (true, false) => Change::Cleared,
            _ => Change::None,
        }
    }

    /// Forgets the one who owes least when too many are remembered; who that is.
    pub(super) fn forget_surplus(&mut self) -> Option<Source> {
        if self.owed.len() <= SUSPECTS_MAX {
            return None;
        }
        let (source, _) = self.owed.iter().min_by_key(|(_, owed)| **owed)?;
        let source = *source;
        self.owed.remove(&source);
        Some(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replica::ClientAddress;

    fn client(number: u32) -> Source {
        Source::Client(ClientAddress::from(std::net::IpAddr::from(
            number.to_be_bytes(),
        )))
    }

    #[test]
    fn a_wrong_signature_is_made_up_for_by_as_many_right_ones_as_a_batch_holds() {
        let mut suspects = Suspects::default();
        let (bad, good) = (client(1), client(2));
        assert_eq!(suspects.note(good, 5, 0), Change::None);
        assert_eq!(suspects.note(bad, 0, 1), Change::Suspected);
        assert!(suspects.contains(&bad) && !suspects.contains(&good));
        assert_eq!(suspects.note(bad, OWED_FOR_WRONG - 1, 0), Change::None);
        assert!(suspects.contains(&bad));
        assert_eq!(suspects.note(bad, 1, 0), Change::Cleared);
        assert!(!suspects.contains(&bad));
    }

    #[test]
    fn what_is_owed_is_bounded_and_this_node_owes_nothing() {
        let mut suspects = Suspects::default();
        let bad = client(1);
        suspects.note(bad, 0, u32::MAX);
        assert_eq!(suspects.note(bad, OWED_MAX, 0), Change::Cleared);
        assert_eq!(suspects.note(Source::Own, 0, 7), Change::None);
        assert!(!suspects.contains(&Source::Own));
    }

    #[test]
    fn who_owes_least_is_forgotten_first() {
        let mut suspects = Suspects::default();
        for number in 0..SUSPECTS_MAX as u32 {
            suspects.note(client(number), 0, 2);
            assert_eq!(suspects.forget_surplus(), None);
        }
        suspects.note(client(7), 1, 0);
        suspects.note(client(5_000), 0, 3);
        assert_eq!(suspects.forget_surplus(), Some(client(7)));
        assert_eq!(suspects.len(), SUSPECTS_MAX);
    }
}
