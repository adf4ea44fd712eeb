//! Why the model refuses a transaction. Acceptance is what is compared with the ledger; the names are for people.

/// One rule each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// A day that is over.
    DayPast,
    /// A value that already changed today.
    AlreadySetToday,
    /// Too many values scheduled for days to come.
    TooManyScheduled,
}
