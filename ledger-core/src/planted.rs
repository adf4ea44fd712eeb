//! Errors that can be planted in the rules and in the chain, to see that the comparison with the model and the simulator's
//! checkers notice each of them.
//!
//! Without the feature `planted-errors` there are none: [`is`] is a constant. With it they sleep until a thread plants one,
//! and a release binary cannot be built at all.

#[cfg(all(feature = "planted-errors", not(debug_assertions)))]
compile_error!("the feature planted-errors is for tests only and never part of a release build");

/// A way in which a rule, or the chain around the rules, can be wrong.
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

    /// A certificate passes with one signer too few.
    CertificateOneSignerShort,
    /// A signer named twice in a certificate counts twice.
    RepeatedSignerCounted,
    /// A signature holds on any chain.
    ChainIdUnsigned,
    /// What was found right is remembered without the signature.
    SignatureMemoUnkeyed,
    /// Evidence counts without signatures.
    EvidenceUnsigned,
    /// What a refused transaction wrote stays in the block.
    OverlayLeaked,
    /// A transaction applies twice in one block.
    DuplicateInBlock,
    /// The header's state root is not compared.
    StateRootUnchecked,
    /// The header's receipts root is not compared.
    ReceiptsRootUnchecked,
    /// The header's hash of the next validators is not compared.
    NextValidatorsUnchecked,
    /// A changed validator set counts one height late.
    ValidatorsOneHeightLate,
    /// Receipts are hashed in the order of a hash map, which differs from one to the next.
    MapOrderHashed,
    /// Whoever builds a block does not do the work that fell due; whoever checks it does.
    DueWorkSkippedBuilding,
    /// A block may have its parent's time.
    TimeStandsStill,
}

impl Planted {
    /// Those in the rules, which the comparison with the model notices.
    pub const RULES: [Planted; 12] = [
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

    /// Those in the chain, which the simulator notices.
    pub const CHAIN: [Planted; 14] = [
        Planted::CertificateOneSignerShort,
        Planted::RepeatedSignerCounted,
        Planted::ChainIdUnsigned,
        Planted::SignatureMemoUnkeyed,
        Planted::EvidenceUnsigned,
        Planted::OverlayLeaked,
        Planted::DuplicateInBlock,
        Planted::StateRootUnchecked,
        Planted::ReceiptsRootUnchecked,
        Planted::NextValidatorsUnchecked,
        Planted::ValidatorsOneHeightLate,
        Planted::MapOrderHashed,
        Planted::DueWorkSkippedBuilding,
        Planted::TimeStandsStill,
    ];
}

/// Whether this error is planted: never.
#[cfg(not(feature = "planted-errors"))]
pub(crate) const fn is(_: Planted) -> bool {
    false
}

/// Leaves the order of `items` as it is.
#[cfg(not(feature = "planted-errors"))]
pub(crate) const fn order_as_a_map<T>(_: &mut [T]) {}

/// What `run` does with the right code, whatever is planted: for whoever judges.
#[cfg(not(feature = "planted-errors"))]
pub fn unplanted<T>(run: impl FnOnce() -> T) -> T {
    run()
}

#[cfg(feature = "planted-errors")]
pub(crate) use switch::{is, order_as_a_map};
#[cfg(feature = "planted-errors")]
pub use switch::{plant, unplanted};

#[cfg(feature = "planted-errors")]
mod switch {
    use std::cell::Cell;

    use super::Planted;

    thread_local! {
        static PLANTED: Cell<Option<Planted>> = const { Cell::new(None) };
        /// How many hash maps were made; each has an order of its own.
        static MAPS: Cell<usize> = const { Cell::new(0) };
    }

    /// Plants an error in the code as this thread runs it, in place of any other; none takes it out.
    pub fn plant(error: Option<Planted>) {
        PLANTED.set(error);
        MAPS.set(0);
    }

    /// Whether this error is planted.
    pub(crate) fn is(error: Planted) -> bool {
        PLANTED.get() == Some(error)
    }

    /// Puts `items` into an order that is another one each time, as that of a hash map is, and yet the same in each run.
    pub(crate) fn order_as_a_map<T>(items: &mut [T]) {
        let number = MAPS.get();
        MAPS.set(number.wrapping_add(1));
        if let Some(by) = number.checked_rem(items.len()) {
            items.rotate_left(by);
        }
    }

    /// What `run` does with the right code, whatever is planted: for whoever judges.
    pub fn unplanted<T>(run: impl FnOnce() -> T) -> T {
        /// Plants again what was planted, even after a panic.
        struct Again(Option<Planted>);

        impl Drop for Again {
            fn drop(&mut self) {
                PLANTED.set(self.0);
            }
        }

        let _again = Again(PLANTED.take());
        run()
    }
}
