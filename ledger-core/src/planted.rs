//! Errors that can be planted in the rules, to see that the comparison with the model notices each of them.
//!
//! Without the feature `planted-errors` there are none: [`is`] is a constant. With it they sleep until a thread plants one,
//! and a release binary cannot be built at all.

#[cfg(all(feature = "planted-errors", not(debug_assertions)))]
compile_error!("the feature planted-errors is for tests only and never part of a release build");

/// A way in which a rule can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// Crediting fills more than the room under the cap.
    CapIgnored,
    /// Somebody serves in two places at once.
    OverlapUnchecked,
    /// Kin of the provider verify.
    VerifierIsKin,
    /// A budget line mints more than it has.
    BudgetOverdrawn,
    /// What lasts longest is spent first.
    LotOrderWrong,
    /// Ids of applied transactions are forgotten before they expire.
    IdForgottenEarly,
    /// Minutes are gone on their last day.
    ExpiryOneDayOff,
    /// What an account owes is not taken from what it is credited.
    ClawbackSkipped,
    /// A policy acts before its first day.
    PolicyAppliedBackwards,
    /// An order is paid twice.
    SettledTwice,
    /// Kin pay without having agreed.
    KinPayerUnsigned,
    /// The chain does work an hour before it falls due.
    DueEntryExecutedEarly,
}

impl Planted {
    /// All of them.
    pub const ALL: [Planted; 12] = [
        Planted::CapIgnored,
        Planted::OverlapUnchecked,
        Planted::VerifierIsKin,
        Planted::BudgetOverdrawn,
        Planted::LotOrderWrong,
        Planted::IdForgottenEarly,
        Planted::ExpiryOneDayOff,
        Planted::ClawbackSkipped,
        Planted::PolicyAppliedBackwards,
        Planted::SettledTwice,
        Planted::KinPayerUnsigned,
        Planted::DueEntryExecutedEarly,
    ];
}

/// Whether this error is planted: never.
#[cfg(not(feature = "planted-errors"))]
pub(crate) const fn is(_: Planted) -> bool {
    false
}

#[cfg(feature = "planted-errors")]
pub(crate) use switch::is;
#[cfg(feature = "planted-errors")]
pub use switch::plant;

#[cfg(feature = "planted-errors")]
mod switch {
    use std::cell::Cell;

    use super::Planted;

    thread_local! {
        static PLANTED: Cell<Option<Planted>> = const { Cell::new(None) };
    }

    /// Plants an error in the rules as this thread applies them, in place of any other; none takes it out.
    pub fn plant(error: Option<Planted>) {
        PLANTED.set(error);
    }

    /// Whether this error is planted.
    pub(crate) fn is(error: Planted) -> bool {
        PLANTED.get() == Some(error)
    }
}
