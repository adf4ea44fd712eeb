//! Which sources have brought wrong signatures lately, and what each of them owes.
//!
//! A wrong signature costs more to find than a right one costs to verify, and whoever shares its batch waits for that. So a
//! source that has brought one is a suspect until it has brought [`OWED_FOR_WRONG`] right ones, as many as a batch holds:
//! nobody spoils a second batch for less work than the batch is. Nobody is kept away for it: a peer whose tip differs from
//! ours may honestly have verified a signature by a key that we do not have yet, or no longer have.
//!
//! Debts lapse [`LAPSE_MS`] after the last wrong signature: an address may have passed to somebody else meanwhile.
//!
//! What always holds: at most [`SUSPECTS_MAX`] are remembered, and whose last wrong signature is longest ago is forgotten first,
//! however much it owes: a full table must not keep a new suspect out; nobody owes more than [`OWED_MAX`].

use std::collections::BTreeMap;

use super::super::input::Source;

/// How many right signatures make up for a wrong one.
const OWED_FOR_WRONG: u32 = 1_024;
/// The most right signatures a source can owe.
const OWED_MAX: u32 = 8 * OWED_FOR_WRONG;
/// How long after its last wrong signature a source owes nothing any more.
const LAPSE_MS: u64 = 10 * 60 * 1_000;
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

/// What a suspect owes.
#[derive(Clone, Copy, Debug)]
struct Debt {
    /// Right signatures, at least one.
    owed: u32,
    /// The number of its last wrong signature among all suspects'.
    offence: u64,
    /// When that was noted, by the node's clock.
    offence_ms: u64,
}

/// What each suspect owes.
#[derive(Debug, Default)]
pub(super) struct Suspects {
    debts: BTreeMap<Source, Debt>,
    /// The same suspects by their last offence.
    by_offence: BTreeMap<u64, Source>,
    next_offence: u64,
}

impl Suspects {
    /// How many are remembered.
    pub(super) fn len(&self) -> usize {
        self.debts.len()
    }

    pub(super) fn contains(&self, source: &Source) -> bool {
        !self.debts.is_empty() && self.debts.contains_key(source)
    }

    /// Notes at `now_ms` what the signatures of one transaction of `source` turned out to be. This node itself is no suspect:
    /// what it signs is bounded by itself.
    pub(super) fn note(&mut self, source: Source, right: u32, wrong: u32, now_ms: u64) -> Change {
        if source == Source::Own || (wrong == 0 && self.debts.is_empty()) {
            return Change::None;
        }
        let before = self.debts.get(&source).copied();
        let owed = before
            .map_or(0, |debt| debt.owed)
            .saturating_sub(right)
            .saturating_add(wrong.saturating_mul(OWED_FOR_WRONG))
            .min(OWED_MAX);
        if owed == 0 {
            return match before {
                Some(_) => {
                    self.forget(&source);
                    Change::Cleared
                }
                None => Change::None,
            };
        }
        let (offence, offence_ms) = match before {
            Some(debt) if wrong == 0 => (debt.offence, debt.offence_ms),
            _ => {
                self.forget(&source);
                self.next_offence = self.next_offence.saturating_add(1);
                self.by_offence.insert(self.next_offence, source);
                (self.next_offence, now_ms)
            }
        };
        let debt = Debt {
            owed,
            offence,
            offence_ms,
        };
        self.debts.insert(source, debt);
        match before {
            Some(_) => Change::None,
            None => Change::Suspected,
        }
    }

    fn forget(&mut self, source: &Source) {
        if let Some(debt) = self.debts.remove(source) {
            self.by_offence.remove(&debt.offence);
        }
    }

    /// Forgets the one whose last offence is the oldest when too many are remembered; who that is.
    pub(super) fn forget_surplus(&mut self) -> Option<Source> {
        if self.debts.len() <= SUSPECTS_MAX {
            return None;
        }
        let (_, source) = self.by_offence.pop_first()?;
        self.debts.remove(&source);
        Some(source)
    }

    /// Forgets one whose last offence was [`LAPSE_MS`] before `now_ms` or earlier; who that is.
    pub(super) fn forget_lapsed(&mut self, now_ms: u64) -> Option<Source> {
        let (_, source) = self.by_offence.first_key_value()?;
        let source = *source;
        let debt = self.debts.get(&source)?;
        if now_ms.saturating_sub(debt.offence_ms) < LAPSE_MS {
            return None;
        }
        self.forget(&source);
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
        assert_eq!(suspects.note(good, 5, 0, 0), Change::None);
        assert_eq!(suspects.note(bad, 0, 1, 0), Change::Suspected);
        assert!(suspects.contains(&bad) && !suspects.contains(&good));
        assert_eq!(suspects.note(bad, OWED_FOR_WRONG - 1, 0, 0), Change::None);
        assert!(suspects.contains(&bad));
        assert_eq!(suspects.note(bad, 1, 0, 0), Change::Cleared);
        assert!(!suspects.contains(&bad));
    }

    #[test]
    fn what_is_owed_is_bounded_and_this_node_owes_nothing() {
        let mut suspects = Suspects::default();
        let bad = client(1);
        suspects.note(bad, 0, u32::MAX, 0);
        assert_eq!(suspects.note(bad, OWED_MAX, 0, 0), Change::Cleared);
        assert_eq!(suspects.note(Source::Own, 0, 7, 0), Change::None);
        assert!(!suspects.contains(&Source::Own));
    }

    #[test]
    fn a_table_full_of_the_worst_does_not_keep_a_new_suspect_out() {
        let mut suspects = Suspects::default();
        for number in 0..SUSPECTS_MAX as u32 {
            suspects.note(client(number), 0, u32::MAX, 1);
            assert_eq!(suspects.forget_surplus(), None);
        }
        // The first one offends again, so that the second one's last offence is the oldest.
        assert_eq!(suspects.note(client(0), 0, 1, 1), Change::None);
        assert_eq!(suspects.note(client(5_000), 0, 1, 1), Change::Suspected);
        assert_eq!(suspects.forget_surplus(), Some(client(1)));
        assert!(suspects.contains(&client(5_000)) && suspects.contains(&client(0)));
        assert_eq!(suspects.len(), SUSPECTS_MAX);
        assert_eq!(suspects.by_offence.len(), SUSPECTS_MAX);
    }

    #[test]
    fn a_debt_lapses_ten_minutes_after_the_last_wrong_signature() {
        let mut suspects = Suspects::default();
        let (early, late) = (client(1), client(2));
        suspects.note(early, 0, 7, 1_000);
        suspects.note(late, 0, 1, 1_000);
        suspects.note(late, 1, 1, 2_000);
        suspects.note(late, 1, 0, 9_000);
        assert_eq!(suspects.forget_lapsed(1_000 + LAPSE_MS - 1), None);
        assert_eq!(suspects.forget_lapsed(1_000 + LAPSE_MS), Some(early));
        assert_eq!(suspects.forget_lapsed(1_999 + LAPSE_MS), None);
        assert_eq!(suspects.forget_lapsed(2_000 + LAPSE_MS), Some(late));
        assert_eq!((suspects.len(), suspects.by_offence.len()), (0, 0));
    }
}
