//! Why a transaction does not apply: one variant per rule.
//!
//! A rejection is a node's answer, carries the numbers that matter, and consumes nothing. Its code is stable; what people
//! read comes from the message catalogue under that code, in Chinese and English.

use serde::Serialize;

use crate::amount::{AmountError, Minutes};
use crate::certificate::EvidenceError;
use crate::hash::Hash;
use crate::id::{
    AccountId, BudgetId, ChainId, Height, ItemCode, OrderId, OrganisationId, ProgrammeCode,
    ServiceCode, StaffId,
};
use crate::record::budget::{BudgetPurpose, PoolId};
use crate::record::order::OrderStatus;
use crate::record::organisation::{Level, Role};
use crate::record::policy::{PolicyParameter, PolicyValue};
use crate::record::proxy::{ProxyHolder, ProxyScope};
use crate::record::recovery::Guardian;
use crate::signature::{KeyError, PublicKey};
use crate::state::StateError;
use crate::time::{Day, Month, TimestampMs};
use crate::transaction::{EnvelopeError, Signer};
use crate::validator::{ValidatorAddress, ValidatorSetError};

/// Whether a transaction that was refused may apply later, after others have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// It names something that is not there yet; another transaction may bring it.
    Waits,
    /// Waiting does not help.
    Final,
}

macro_rules! rejections {
    ($($(#[$doc:meta])* $outlook:ident $code:literal $variant:ident $({ $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })?,)*) => {
        /// A broken rule.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
        #[serde(untagged)]
        #[error("{} {}", self.code(), serde_text(self))]
        pub enum Rejection {
            $($(#[$doc])* $variant $({ $($(#[$field_doc])* $field: $type,)* })?,)*
        }

        impl Rejection {
            /// Every code, in order of declaration.
            pub const CODES: &'static [&'static str] = &[$($code,)*];

            /// Every code with the names of its fields: what a message under that code may show.
            pub const FIELDS: &'static [(&'static str, &'static [&'static str])] =
                &[$(($code, &[$($(stringify!($field),)*)?]),)*];

            /// The stable code.
            pub const fn code(&self) -> &'static str {
                match self { $(Rejection::$variant { .. } => $code,)* }
            }

            /// Whether waiting for other transactions may help.
            pub const fn outlook(&self) -> Outlook {
                match self { $(Rejection::$variant { .. } => Outlook::$outlook,)* }
            }
        }
    };
}

rejections! {
    // ---- the envelope -------------------------------------------------------------------------------------------
    /// The envelope is malformed, whatever the state.
    Final "envelope_malformed" EnvelopeMalformed {
        /// How.
        #[serde(serialize_with = "display")]
        reason: EnvelopeError,
    },
    /// The transaction is for another chain.
    Final "wrong_chain" WrongChain {
        /// This chain.
        expected: ChainId,
        /// The transaction's.
        actual: ChainId,
    },
    /// `valid_until_ms` has passed.
    Final "expired" Expired {
        /// The last time at which it could apply.
        valid_until_ms: TimestampMs,
        /// Block time.
        now_ms: TimestampMs,
    },
    /// `valid_until_ms` lies too far ahead.
    Final "valid_too_long" ValidTooLong {
        /// The time given.
        valid_until_ms: TimestampMs,
        /// The latest allowed.
        latest_ms: TimestampMs,
    },
    /// The transaction has applied already.
    Final "already_applied" AlreadyApplied,
    /// A signer has no key on the ledger.
    Waits "signer_unknown" SignerUnknown {
        /// Who.
        signer: Signer,
    },
    /// A signature is wrong.
    Final "signature_wrong" SignatureWrong {
        /// Whose.
        signer: Signer,
    },
    /// A signature the operation needs is missing.
    Final "signature_missing" SignatureMissing {
        /// Whose.
        signer: Signer,
    },
    /// A signature is there that the operation has no use for.
    Final "signature_unneeded" SignatureUnneeded {
        /// Whose.
        signer: Signer,
    },
    /// The transaction's own signer is not one who may ask for this.
    Final "signer_not_entitled" SignerNotEntitled {
        /// Who.
        signer: Signer,
    },
    /// The signer has signed as many transactions today as it may.
    Final "transactions_per_day" TransactionsPerDay {
        /// The limit.
        limit: u64,
    },
    /// A figure does not fit; no honest amount comes near.
    Final "number_overflow" NumberOverflow,
    /// An amount is zero where it must not be.
    Final "minutes_zero" MinutesZero,
    /// A day has passed that must not have.
    Final "day_past" DayPast {
        /// The day given.
        day: Day,
        /// The day of block time.
        today: Day,
    },

    // ---- standing -----------------------------------------------------------------------------------------------
    /// The account is closed.
    Final "account_closed" AccountClosed {
        /// Which.
        account: AccountId,
    },
    /// The account is frozen and may not spend.
    Waits "account_frozen" AccountFrozen {
        /// Which.
        account: AccountId,
    },
    /// Groups may not spend where this one is at home.
    Final "group_may_not_spend" GroupMayNotSpend {
        /// Which.
        group: AccountId,
    },

    /// The account is frozen already.
    Final "frozen_already" AccountFrozenAlready {
        /// Which.
        account: AccountId,
    },
    /// The account is not frozen.
    Final "not_frozen" AccountNotFrozen {
        /// Which.
        account: AccountId,
    },
    /// Too many programmes.
    Final "programmes_max" ProgrammesTooMany {
        /// How many.
        count: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// The programmes are not sorted, or name one twice.
    Final "programmes_order" ProgrammesOrder {
        /// The first out of order.
        programme: ProgrammeCode,
    },
    /// The account is at home there already.
    Final "home_unchanged" HomeUnchanged {
        /// The street.
        home: OrganisationId,
    },
    /// Merchants do not move: what they are owed is their home district's.
    Final "merchant_stays" MerchantStays {
        /// Which.
        merchant: AccountId,
    },

    // ---- closing an account -------------------------------------------------------------------------------------
    /// The account is party to orders that have not ended, or its minutes are held under such.
    Waits "orders_open" OrdersOpen {
        /// Which account.
        account: AccountId,
        /// As recipient.
        open_orders: u16,
        /// As provider.
        serving: u16,
        /// Held as payer.
        held: Minutes,
    },
    /// The account owes minutes since an order was reversed.
    Waits "clawback_due" ClawbackDue {
        /// Which account.
        account: AccountId,
        /// How many.
        minutes: Minutes,
    },
    /// The merchant is owed minutes.
    Waits "merchant_owed" MerchantOwed {
        /// Which.
        merchant: AccountId,
        /// How many.
        owed: Minutes,
    },
    /// The account is that of somebody on the staff of an organisation.
    Waits "staff_entries" StaffEntriesOpen {
        /// Which account.
        account: AccountId,
        /// How many entries.
        entries: u32,
    },
    /// Minutes go to an estate only after death, with an arbiter's signature.
    Final "estate_after_death" EstateAfterDeath {
        /// Where they were to go.
        heir: AccountId,
    },
    /// What an account leaves behind can not go to itself.
    Final "rest_to_itself" RestToItself {
        /// Which account.
        account: AccountId,
    },

    // ---- minors and guardians -----------------------------------------------------------------------------------
    /// A minor has a key of its own.
    Final "minor_keyless" MinorKeyless {
        /// The guardian named.
        guardian: AccountId,
    },
    /// A person without a key can not be guardian.
    Final "guardian_keyless" GuardianKeyless {
        /// Who.
        guardian: AccountId,
    },
    /// A minor can not be guardian.
    Final "guardian_minor" GuardianMinor {
        /// Who.
        guardian: AccountId,
    },
    /// Nobody is guardian of themselves.
    Final "guardian_self" GuardianSelf {
        /// Who.
        account: AccountId,
    },
    /// The legal guardian, or that there is none, is what it was.
    Final "legal_guardian_unchanged" LegalGuardianUnchanged {
        /// Whose.
        account: AccountId,
    },

    // ---- recovery of lost keys ----------------------------------------------------------------------------------
    /// Too many guardians.
    Final "guardians_max" GuardiansTooMany {
        /// How many.
        count: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// The guardians are not sorted, or name one twice.
    Final "guardians_order" GuardiansOrder {
        /// The first out of order.
        guardian: Guardian,
    },
    /// More guardians would have to sign than there are, or none although there are some.
    Final "guardian_threshold" GuardianThreshold {
        /// How many would have to.
        threshold: u8,
        /// How many there are.
        count: usize,
    },
    /// A recovery would wait for too short or too long.
    Final "recovery_delay" RecoveryDelay {
        /// The delay given.
        delay_ms: u64,
        /// The shortest the policy of the home district allows.
        least_ms: u64,
        /// The longest.
        greatest_ms: u64,
    },
    /// A recovery of the account runs, or waits to be carried out.
    Waits "recovery_running" RecoveryRunning {
        /// Which account.
        account: AccountId,
        /// When its delay ends.
        finishes_ms: TimestampMs,
    },
    /// No recovery of the account runs.
    Waits "recovery_none" RecoveryNone {
        /// Which account.
        account: AccountId,
    },
    /// Too few of those who may start a recovery have signed.
    Final "recovery_support" RecoverySupport {
        /// Of which account.
        account: AccountId,
        /// How many guardians start it.
        threshold: u8,
        /// How many have signed.
        signed: usize,
    },
    /// One of those who would start a recovery started one that was cancelled.
    Final "recovery_paused" RecoveryPaused {
        /// Who.
        initiator: Guardian,
        /// Until when it may start none.
        until_ms: TimestampMs,
    },
    /// An arbiter stands behind the recovery, so that the old key can not cancel it.
    Final "recovery_confirmed" RecoveryNotCancellable {
        /// Of which account.
        account: AccountId,
    },
    /// The delay in which the recovery could be cancelled has ended.
    Final "recovery_over" RecoveryOver {
        /// Of which account.
        account: AccountId,
        /// When.
        finishes_ms: TimestampMs,
    },
    /// The delay of the recovery has not passed yet.
    Waits "recovery_waits" RecoveryWaits {
        /// Of which account.
        account: AccountId,
        /// When it will have.
        finishes_ms: TimestampMs,
    },

    // ---- groups -------------------------------------------------------------------------------------------------
    /// The account is not a group's.
    Final "not_a_group" NotAGroup {
        /// Which.
        account: AccountId,
    },
    /// Too many members join or leave at once.
    Final "member_changes_max" MemberChangesTooMany {
        /// How many.
        count: usize,
        /// How many may.
        limit: usize,
    },
    /// The members who join or leave are not sorted, or name one twice.
    Final "members_order" MembersOrder {
        /// The first out of order.
        member: AccountId,
    },
    /// The group would have too many members.
    Final "members_max" MembersTooMany {
        /// How many.
        count: usize,
        /// How many it may have.
        limit: usize,
    },
    /// The person belongs to the group already.
    Final "member_already" MemberAlready {
        /// The group.
        group: AccountId,
        /// Who.
        member: AccountId,
    },
    /// The person does not belong to the group.
    Waits "not_a_member" NotAMember {
        /// The group.
        group: AccountId,
        /// Who.
        member: AccountId,
    },

    // ---- roles --------------------------------------------------------------------------------------------------
    /// Nobody with this role, in an organisation that covers this one, has signed.
    Final "role_missing" RoleMissing {
        /// The role.
        role: Role,
        /// The organisation to be covered.
        organisation: OrganisationId,
    },
    /// Two signatures that must come from different people come from one.
    Final "same_person" SamePerson {
        /// Who.
        person: AccountId,
    },
    /// Too few administrators have signed.
    Final "threshold_not_met" ThresholdNotMet {
        /// The organisation.
        organisation: OrganisationId,
        /// How many must sign.
        threshold: u8,
        /// How many have.
        signed: u8,
    },
    /// There is no such staff entry.
    Waits "staff_unknown" StaffUnknown {
        /// Which.
        staff: StaffId,
    },
    /// A key may not be registered.
    Final "key_refused" KeyRefused {
        /// The key.
        key: PublicKey,
        /// Why not.
        #[serde(serialize_with = "display")]
        reason: KeyError,
    },

    // ---- things that must exist ---------------------------------------------------------------------------------
    /// There is no such organisation.
    Waits "organisation_unknown" OrganisationUnknown {
        /// Which.
        organisation: OrganisationId,
    },
    /// There is no such account.
    Waits "account_unknown" AccountUnknown {
        /// Which.
        account: AccountId,
    },
    /// The account is not a person's.
    Final "not_a_person" NotAPerson {
        /// Which.
        account: AccountId,
    },

    // ---- organisations and staff --------------------------------------------------------------------------------
    /// The organisation is registered already.
    Final "organisation_exists" OrganisationExists {
        /// Which.
        organisation: OrganisationId,
    },
    /// The level is not the one below the parent's.
    Final "organisation_level" OrganisationLevel {
        /// The level given.
        level: Level,
        /// The parent's.
        parent_level: Level,
    },
    /// Too many changes of staff at once.
    Final "staff_changes_max" StaffChangesTooMany {
        /// How many.
        count: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// The changes of staff are not sorted by number, or name a number twice.
    Final "staff_changes_order" StaffChangesOrder {
        /// The first number out of order.
        number: u32,
    },
    /// The organisation would have too many staff entries.
    Final "staff_max" StaffTooMany {
        /// How many are allowed.
        limit: usize,
    },
    /// The roles of an entry are not sorted, name one twice, or are none.
    Final "staff_roles" StaffRoles {
        /// Which entry.
        staff: StaffId,
    },
    /// An identity registry outside the city's own organisation.
    Final "identity_registry_outside_city" IdentityRegistryOutsideCity {
        /// The organisation.
        organisation: OrganisationId,
    },
    /// The threshold can not be met, or is 0 although there are administrators.
    Final "threshold_unreachable" ThresholdUnreachable {
        /// The threshold.
        threshold: u8,
        /// How many different people would be administrators.
        people: u16,
    },

    // ---- policy and catalogue -----------------------------------------------------------------------------------
    /// Policy is set for the city or for a district only.
    Final "policy_scope" PolicyScope {
        /// The organisation given.
        scope: OrganisationId,
    },
    /// The parameter is the city's alone.
    Final "policy_city_only" PolicyCityOnly {
        /// Which.
        parameter: PolicyParameter,
    },
    /// The parameter can not take the value.
    Final "policy_value" PolicyValueOutOfBounds {
        /// Which.
        parameter: PolicyParameter,
        /// The least number it takes.
        least: u64,
        /// The greatest.
        greatest: u64,
    },
    /// The value is looser than the city's on the first day it would act.
    Final "policy_looser" PolicyLooser {
        /// Which.
        parameter: PolicyParameter,
        /// The city's value on that day.
        city: PolicyValue,
    },
    /// A value that acts today is never rewritten.
    Final "acts_already" ActsAlready {
        /// Today, on which a value was set to act.
        day: Day,
    },
    /// Too many values are scheduled for the days to come.
    Final "scheduled_max" ScheduledTooMany {
        /// How many may be.
        limit: usize,
    },
    /// There is no such service code.
    Waits "service_unknown" ServiceUnknown {
        /// Which.
        code: ServiceCode,
    },
    /// No service fits the bounds of a service code.
    Final "catalogue_entry" CatalogueEntryUnusable {
        /// Which.
        code: ServiceCode,
    },

    /// The scope has set no such value, so there is nothing to withdraw.
    Final "policy_not_set" PolicyNotSet {
        /// Whose.
        scope: OrganisationId,
        /// Which.
        parameter: PolicyParameter,
    },

    // ---- the chain ----------------------------------------------------------------------------------------------
    /// The list is not a validator set.
    Final "validators_malformed" ValidatorsMalformed {
        /// Why not.
        #[serde(serialize_with = "display")]
        reason: ValidatorSetError,
    },
    /// The set is the current one.
    Final "validators_unchanged" ValidatorsUnchanged,
    /// The set was changed in this block already; one block has one successor set.
    Waits "validators_changed_now" ValidatorsChangedNow,
    /// The set was changed too often within 24 hours.
    Final "validators_changes_max" ValidatorsChangedTooOften {
        /// How often it may be.
        limit: usize,
    },
    /// A third of the power of a set in force within 24 hours, or more, would be gone.
    Final "validators_removed" ValidatorsRemoved {
        /// The power gone.
        removed: u64,
        /// The power of that set.
        total: u64,
    },
    /// A third of the power, or more, would be new within 24 hours.
    Final "validators_added" ValidatorsAdded {
        /// The new power.
        added: u64,
        /// The power of the new set.
        total: u64,
    },
    /// No validator of the last 24 hours has this address.
    Final "validator_unknown" ValidatorUnknown {
        /// The address.
        validator: ValidatorAddress,
    },
    /// The evidence is of a height that has not begun.
    Final "evidence_height" EvidenceHeight {
        /// The height of the votes.
        height: Height,
        /// The height of this block.
        now: Height,
    },
    /// Evidence against this validator at this height, round and step is on record.
    Final "evidence_known" EvidenceKnown,
    /// As much evidence against this validator went on record today as may.
    Final "evidence_per_day" EvidencePerDay {
        /// Who.
        validator: ValidatorAddress,
        /// The limit.
        limit: u64,
    },
    /// The votes prove nothing.
    Final "evidence_invalid" EvidenceInvalid {
        /// Why not.
        #[serde(serialize_with = "display")]
        reason: EvidenceError,
    },
    /// Only a test chain's time can be moved.
    Final "not_a_test_chain" NotATestChain,
    /// Time moves forward only.
    Final "time_not_later" TimeNotLater {
        /// The time given.
        to_ms: TimestampMs,
        /// The earliest that would move it.
        least_ms: TimestampMs,
    },
    /// Time would move too far at once.
    Final "time_too_far" TimeTooFar {
        /// The time given.
        to_ms: TimestampMs,
        /// The latest allowed.
        latest_ms: TimestampMs,
    },

    // ---- training and campaigns ---------------------------------------------------------------------------------
    /// Nobody took part, or more people than one record holds.
    Final "participants_count" ParticipantsCount {
        /// How many.
        count: usize,
        /// At most so many.
        limit: usize,
    },
    /// Somebody is listed twice.
    Final "participant_twice" ParticipantTwice {
        /// Who.
        account: AccountId,
    },
    /// It took longer than a day.
    Final "attendance_length" AttendanceTooLong {
        /// Its length.
        length_ms: u64,
    },
    /// No social worker who serves the district has signed.
    Final "attendance_unverified" AttendanceUnverified {
        /// The district.
        district: OrganisationId,
    },
    /// Who attests it took part.
    Final "attendance_party" AttendanceParty {
        /// The organiser or social worker.
        person: AccountId,
    },
    /// The social worker is kin of somebody who took part.
    Final "attendance_kin" AttendanceKin {
        /// The social worker.
        person: AccountId,
        /// The kin.
        participant: AccountId,
    },
    /// The budget line does not cover the district.
    Final "attendance_budget_scope" AttendanceBudgetScope {
        /// The line.
        budget: BudgetId,
        /// What it is for.
        scope: OrganisationId,
        /// Where it took place.
        district: OrganisationId,
    },

    // ---- upgrades -----------------------------------------------------------------------------------------------
    /// An upgrade begins tomorrow at the earliest.
    Final "upgrade_too_soon" UpgradeTooSoon {
        /// The day asked for.
        from_day: Day,
        /// The earliest.
        earliest: Day,
    },
    /// An upgrade is to a newer version.
    Final "upgrade_not_newer" UpgradeNotNewer {
        /// The version asked for.
        version: u16,
        /// The one in force.
        current: u16,
    },

    // ---- clearing -----------------------------------------------------------------------------------------------
    /// The month is not closed.
    Waits "clearing_unknown" ClearingUnknown {
        /// Which.
        month: Month,
    },
    /// The hash is not that of the month's record.
    Final "clearing_hash" ClearingHashOther {
        /// Which month.
        month: Month,
        /// The record's hash.
        expected: Hash,
        /// The one given.
        given: Hash,
    },
    /// The person has co-signed the month.
    Final "clearing_cosigned" ClearingCosigned {
        /// Which month.
        month: Month,
        /// Who.
        person: AccountId,
    },
    /// As many auditors as fit have co-signed the month.
    Final "clearing_cosignatures_max" ClearingCosignaturesTooMany {
        /// Which month.
        month: Month,
        /// The limit.
        limit: usize,
    },

    // ---- budgets and pools --------------------------------------------------------------------------------------
    /// There is no such budget line.
    Waits "budget_unknown" BudgetUnknown {
        /// Which.
        budget: BudgetId,
    },
    /// One budget line has too many minutes.
    Final "budget_line_max" BudgetLineTooLarge {
        /// What was asked.
        requested: Minutes,
        /// What one line may have.
        limit: Minutes,
    },
    /// The budget line is for another purpose.
    Final "budget_purpose" BudgetPurposeOther {
        /// Which.
        budget: BudgetId,
        /// Its purpose.
        purpose: BudgetPurpose,
    },
    /// The last day of the budget line has passed.
    Final "budget_expired" BudgetExpired {
        /// Which.
        budget: BudgetId,
        /// Its last day.
        last_day: Day,
        /// The day of block time.
        today: Day,
    },
    /// The budget line has less left.
    Final "budget_exceeded" BudgetExceeded {
        /// Which.
        budget: BudgetId,
        /// What is neither reserved nor used.
        available: Minutes,
        /// What was asked.
        requested: Minutes,
    },
    /// The pool's organisation lies outside the scope of the budget line.
    Final "pool_outside_scope" PoolOutsideScope {
        /// The pool.
        pool: PoolId,
        /// The line's scope.
        scope: OrganisationId,
    },

    // ---- accounts -----------------------------------------------------------------------------------------------
    /// A home is a street.
    Final "home_not_a_street" HomeNotAStreet {
        /// The organisation given.
        organisation: OrganisationId,
        /// Its level.
        level: Level,
    },
    /// An account was opened for this identity before.
    Final "identity_taken" IdentityTaken {
        /// The commitment.
        identity: Hash,
    },
    /// The new key is the old one.
    Final "key_unchanged" KeyUnchanged,

    // ---- kin ----------------------------------------------------------------------------------------------------
    /// Nobody is kin to itself.
    Final "kin_self" KinSelf {
        /// Who.
        account: AccountId,
    },
    /// The two are linked already.
    Final "kin_linked" KinLinkedAlready {
        /// One of the two.
        account: AccountId,
        /// The other.
        kin: AccountId,
    },
    /// The two are not linked.
    Waits "kin_unknown" KinUnknown {
        /// One of the two.
        account: AccountId,
        /// The other.
        kin: AccountId,
    },
    /// One of the two has as many kin as it may.
    Final "kin_max" KinTooMany {
        /// Which.
        account: AccountId,
        /// How many it may have.
        limit: u64,
    },
    /// The payer has set no allowance for this kin, and has not signed.
    Waits "allowance_missing" AllowanceMissing {
        /// The payer.
        payer: AccountId,
        /// Whose orders it would pay.
        kin: AccountId,
    },
    /// The last day of the allowance has passed.
    Final "allowance_expired" AllowanceExpired {
        /// The last day.
        last_day: Day,
        /// The day of block time.
        today: Day,
    },
    /// The allowance of this month is used up.
    Final "allowance_exceeded" AllowanceExceeded {
        /// The month's allowance.
        limit: Minutes,
        /// What was used of it.
        used: Minutes,
        /// What was asked.
        requested: Minutes,
    },

    /// So many monthly limits were used and ended this month that a new one waits for the next.
    Waits "ended_uses_max" EndedUsesTooMany {
        /// Whose.
        account: AccountId,
        /// From how many on.
        limit: usize,
    },

    // ---- proxies ------------------------------------------------------------------------------------------------
    /// Nobody is proxy for itself.
    Final "proxy_self" ProxySelf {
        /// Who.
        principal: AccountId,
    },
    /// A person without a key can not act for another.
    Final "proxy_keyless" ProxyKeyless {
        /// Who.
        proxy: ProxyHolder,
    },
    /// The principal has as many proxies as it may.
    Final "proxies_max" ProxiesTooMany {
        /// Who.
        principal: AccountId,
        /// How many it may have.
        limit: u64,
    },
    /// The principal has appointed no such proxy.
    Waits "proxy_unknown" ProxyUnknown {
        /// The principal.
        principal: AccountId,
        /// The proxy.
        proxy: ProxyHolder,
    },
    /// The proxy was not appointed for this.
    Final "proxy_scope" ProxyOutOfScope {
        /// Who.
        proxy: ProxyHolder,
        /// In what it may act.
        scope: ProxyScope,
    },
    /// The proxy may not act yet.
    Final "proxy_not_active" ProxyNotActiveYet {
        /// Who.
        proxy: ProxyHolder,
        /// From when it may.
        active_from_ms: TimestampMs,
    },
    /// The last day of the proxy has passed.
    Final "proxy_expired" ProxyExpired {
        /// Who.
        proxy: ProxyHolder,
        /// The last day.
        last_day: Day,
        /// The day of block time.
        today: Day,
    },
    /// The staff entry is not a clerk's, or its organisation does not serve the principal's home.
    Final "clerk_not_entitled" ClerkNotEntitled {
        /// The entry.
        clerk: StaffId,
        /// The principal's home.
        home: OrganisationId,
    },
    /// The staff entry has passed to another human than the one who was appointed.
    Final "proxy_person" ProxyPersonOther {
        /// The proxy.
        proxy: ProxyHolder,
        /// Whose the entry is now.
        person: AccountId,
    },
    /// The proxy is itself the other side.
    Final "proxy_is_party" ProxyIsParty {
        /// Who.
        person: AccountId,
    },
    /// The proxy would commit more than it may in a month.
    Final "proxy_limit" ProxyLimit {
        /// Who.
        proxy: ProxyHolder,
        /// How much it may.
        limit: Minutes,
        /// What it has committed this month.
        used: Minutes,
        /// What was asked.
        requested: Minutes,
    },

    // ---- gifts, donations, merchants, redemption ----------------------------------------------------------------
    /// Donations go to donation pools.
    Final "pool_not_donation" PoolNotDonation {
        /// The pool given.
        pool: PoolId,
    },
    /// The account is not a merchant's.
    Final "not_a_merchant" NotAMerchant {
        /// Which.
        account: AccountId,
    },
    /// Too many items.
    Final "items_max" ItemsTooMany {
        /// How many.
        count: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// The items are not sorted by code, or name a code twice.
    Final "items_order" ItemsOrder {
        /// The first code out of order.
        item: ItemCode,
    },
    /// An item without a price.
    Final "item_price_zero" ItemPriceZero {
        /// Which.
        item: ItemCode,
    },
    /// The merchant has no such item.
    Waits "item_unknown" ItemUnknown {
        /// The merchant.
        merchant: AccountId,
        /// The item.
        item: ItemCode,
    },
    /// The item has another price.
    Final "item_price" ItemPriceOther {
        /// The item.
        item: ItemCode,
        /// Its price.
        price: Minutes,
        /// What was offered.
        offered: Minutes,
    },
    /// The holder has not saved up enough to redeem yet.
    Final "redemption_threshold" RedemptionThreshold {
        /// What the holder must have before redeeming.
        threshold: Minutes,
        /// What is spendable.
        spendable: Minutes,
    },
    /// Only members of certain programmes redeem here.
    Final "redemption_programme" RedemptionProgramme {
        /// One of these is needed.
        programmes: Vec<ProgrammeCode>,
    },

    // ---- value --------------------------------------------------------------------------------------------------
    /// More is to be spent than is spendable.
    Final "insufficient_minutes" InsufficientMinutes {
        /// Whose.
        account: AccountId,
        /// What is spendable.
        available: Minutes,
        /// What was asked.
        requested: Minutes,
    },

    // ---- grants, pools and reversals ----------------------------------------------------------------------------
    /// A grant has nobody, or too many people, to go to.
    Final "grantees_count" GranteesCount {
        /// How many are named.
        count: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// The accounts of a grant are not sorted, or one is named twice.
    Final "grantees_order" GranteesOrder {
        /// The first out of order.
        account: AccountId,
    },
    /// A grantee does not belong to the programme.
    Waits "programme_missing" ProgrammeMissing {
        /// Who.
        account: AccountId,
        /// Which programme.
        programme: ProgrammeCode,
    },
    /// A grantee is not at home where the line or pool may give.
    Final "grantee_outside_scope" GranteeOutsideScope {
        /// Who.
        account: AccountId,
        /// Where it may give.
        scope: OrganisationId,
    },
    /// A reserve pool is for reversals only.
    Final "pool_reserve" PoolReserve {
        /// Which.
        pool: PoolId,
    },
    /// More is to be given than the pool has.
    Waits "pool_insufficient" PoolInsufficient {
        /// Which.
        pool: PoolId,
        /// What it has.
        available: Minutes,
        /// What was asked.
        requested: Minutes,
    },
    /// A merchant is to be paid for more than it is owed.
    Final "owed_exceeded" OwedExceeded {
        /// Which.
        merchant: AccountId,
        /// What it is owed.
        owed: Minutes,
        /// What was asked.
        requested: Minutes,
    },
    /// The order was paid too long ago.
    Final "reversal_too_late" ReversalTooLate {
        /// Which.
        order: OrderId,
        /// When it was paid.
        settled_ms: TimestampMs,
        /// Until when it could be reversed.
        latest_ms: TimestampMs,
    },
    /// The order was settled without paying anything.
    Final "reversal_nothing_paid" ReversalNothingPaid {
        /// Which.
        order: OrderId,
    },

    // ---- orders -------------------------------------------------------------------------------------------------
    /// There is no such order.
    Waits "order_unknown" OrderUnknown {
        /// Which.
        order: OrderId,
    },
    /// The order is not that far yet.
    Waits "order_not_ready" OrderNotReady {
        /// Which.
        order: OrderId,
        /// Where it stands.
        status: OrderStatus,
        /// Where it must stand.
        needed: OrderStatus,
    },
    /// The order has gone past the status in which this can be done.
    Final "order_status" OrderStatusPast {
        /// Which.
        order: OrderId,
        /// Where it stands.
        status: OrderStatus,
        /// Where it must stand.
        needed: OrderStatus,
    },
    /// The order has lapsed, whether or not the chain has carried it out yet.
    Final "order_lapsed" OrderLapsed {
        /// Which.
        order: OrderId,
        /// When.
        lapsed_ms: TimestampMs,
    },
    /// Services take place in a district.
    Final "order_district" OrderDistrict {
        /// The organisation given.
        organisation: OrganisationId,
        /// Its level.
        level: Level,
    },
    /// The order's minutes lie outside the bounds of the service code.
    Final "order_minutes" OrderMinutesOutOfBounds {
        /// What was asked.
        minutes: Minutes,
        /// The least.
        least: Minutes,
        /// The most.
        most: Minutes,
    },
    /// Minutes are no multiple of the quantum.
    Final "quantum" NotOfQuantum {
        /// What was given.
        minutes: Minutes,
        /// The quantum.
        quantum: Minutes,
    },
    /// The window ends before it begins.
    Final "window_empty" WindowEmpty {
        /// Its start.
        window_start_ms: TimestampMs,
        /// Its end.
        window_end_ms: TimestampMs,
    },
    /// The window has ended already.
    Final "window_past" WindowPast {
        /// Its end.
        window_end_ms: TimestampMs,
        /// Block time.
        now_ms: TimestampMs,
    },
    /// The window is too long.
    Final "window_length" WindowTooLong {
        /// Its length.
        length_ms: u64,
        /// The longest allowed.
        limit_ms: u64,
    },
    /// The window ends too far ahead.
    Final "window_too_far" WindowTooFar {
        /// Its end.
        window_end_ms: TimestampMs,
        /// The latest allowed.
        latest_ms: TimestampMs,
    },
    /// The window has not begun.
    Final "window_not_begun" WindowNotBegun {
        /// Its start.
        window_start_ms: TimestampMs,
        /// Block time.
        now_ms: TimestampMs,
    },
    /// The recipient has as many open orders as it may.
    Final "open_orders_max" OpenOrdersTooMany {
        /// Who.
        recipient: AccountId,
        /// How many it may have.
        limit: u64,
    },
    /// The budget line's scope covers neither the recipient's home nor the order's district.
    Final "budget_outside_scope" BudgetOutsideScope {
        /// The line.
        budget: BudgetId,
        /// Its scope.
        scope: OrganisationId,
    },
    /// All budget lines together would allow more than the ledger can hold.
    Final "budgets_max" BudgetsTooLarge {
        /// What was asked.
        requested: Minutes,
        /// What is left to allow.
        available: Minutes,
    },
    /// Nobody serves themselves.
    Final "provider_is_recipient" ProviderIsRecipient {
        /// Who.
        provider: AccountId,
    },
    /// Who posts an order does not serve it.
    Final "provider_is_poster" ProviderIsPoster {
        /// Who.
        provider: AccountId,
    },
    /// A group provides by a member who serves.
    Final "member_missing" MemberMissing {
        /// The group.
        group: AccountId,
    },
    /// Somebody is named who serves, but the provider is a person and serves itself.
    Final "member_unneeded" MemberUnneeded {
        /// The provider.
        provider: AccountId,
        /// Who is named.
        member: AccountId,
    },

    // ---- service ------------------------------------------------------------------------------------------------
    /// The service ends before it begins.
    Final "service_empty" ServiceEmpty {
        /// Its start.
        start_ms: TimestampMs,
        /// Its end.
        end_ms: TimestampMs,
    },
    /// The service ends after block time.
    Final "service_in_future" ServiceInFuture {
        /// Its end.
        end_ms: TimestampMs,
        /// Block time.
        now_ms: TimestampMs,
    },
    /// The service began too long ago.
    Final "backdating" BackdatedTooFar {
        /// The day it began.
        day: Day,
        /// The earliest day that can be reported today.
        earliest: Day,
    },
    /// The service's length lies outside the bounds of the service code.
    Final "service_length" ServiceLengthOutOfBounds {
        /// Its length.
        length_ms: u64,
        /// The least.
        least: Minutes,
        /// The most.
        most: Minutes,
    },
    /// The service began outside the order's window.
    Final "outside_window" OutsideWindow {
        /// Its start.
        start_ms: TimestampMs,
        /// The window's start.
        window_start_ms: TimestampMs,
        /// The window's end.
        window_end_ms: TimestampMs,
    },
    /// The service was shorter than the quantum, so that nothing counts.
    Final "service_below_quantum" ServiceBelowQuantum {
        /// Its length.
        length_ms: u64,
        /// The quantum.
        quantum: Minutes,
    },
    /// More is claimed than the service took.
    Final "claim_exceeds_service" ClaimExceedsService {
        /// What was claimed.
        claimed: Minutes,
        /// Whole minutes from start to end, by the quantum.
        served: Minutes,
    },
    /// The provider served somebody else at the same time.
    Final "service_overlaps" ServiceOverlaps {
        /// Who.
        provider: AccountId,
        /// The order of the other service.
        order: OrderId,
        /// The other service's start.
        start_ms: TimestampMs,
        /// The other service's end.
        end_ms: TimestampMs,
    },
    /// The provider would earn more for one day than it may.
    Final "daily_limit" DailyLimit {
        /// Which day.
        day: Day,
        /// How much it may earn.
        limit: Minutes,
        /// What is claimed already.
        claimed: Minutes,
        /// What is claimed now.
        requested: Minutes,
    },
    /// The provider would serve one recipient more in a month than it may.
    Final "pair_monthly_limit" PairMonthlyLimit {
        /// Which month.
        month: Month,
        /// How much it may.
        limit: Minutes,
        /// What is claimed already.
        claimed: Minutes,
        /// What is claimed now.
        requested: Minutes,
    },

    // ---- verification -------------------------------------------------------------------------------------------
    /// No social worker who serves the recipient's home or the order's district has signed.
    Final "verifier_missing" VerifierMissing {
        /// The recipient's home.
        home: OrganisationId,
        /// The order's district.
        district: OrganisationId,
    },
    /// So much takes a second social worker.
    Final "second_verifier_missing" SecondVerifierMissing {
        /// What is claimed.
        claimed: Minutes,
        /// Above this two verify.
        threshold: Minutes,
    },
    /// The verifier is a party to the order.
    Final "verifier_is_party" VerifierIsParty {
        /// Who.
        person: AccountId,
        /// Which party.
        party: Party,
    },
    /// The verifier is kin or legal guardian of the provider.
    Final "verifier_is_kin" VerifierIsKin {
        /// Who.
        person: AccountId,
        /// The provider.
        provider: AccountId,
    },
    /// The verifier is the recipient's legal guardian.
    Final "verifier_is_guardian" VerifierIsGuardian {
        /// Who.
        person: AccountId,
        /// Whose guardian.
        minor: AccountId,
    },
    /// The verifier works where the clerk works who acted for the recipient.
    Final "verifier_same_organisation" VerifierSameOrganisation {
        /// Where.
        organisation: OrganisationId,
        /// The clerk.
        clerk: StaffId,
    },
    /// More is approved than was claimed.
    Final "approved_exceeds_claim" ApprovedExceedsClaim {
        /// What was approved.
        approved: Minutes,
        /// What was claimed.
        claimed: Minutes,
    },

    // ---- ratings ------------------------------------------------------------------------------------------------
    /// A rating has between one star and the most.
    Final "stars" StarsOutOfBounds {
        /// How many were given.
        stars: u8,
        /// The most.
        most: u8,
    },
    /// This side of the order was rated already.
    Final "rated_already" RatedAlready {
        /// Which order.
        order: OrderId,
    },

    // ---- disputes -----------------------------------------------------------------------------------------------
    /// The dispute window has ended, whether or not the chain has paid already.
    Final "dispute_window_over" DisputeWindowOver {
        /// Which order.
        order: OrderId,
        /// When.
        ended_ms: TimestampMs,
    },
    /// The appeal window has ended, whether or not the chain has paid already.
    Final "appeal_window_over" AppealWindowOver {
        /// Which order.
        order: OrderId,
        /// When.
        ended_ms: TimestampMs,
    },
    /// There was an appeal; what was decided on it is final.
    Final "decision_final" DecisionFinal {
        /// Which order.
        order: OrderId,
    },
    /// The provider would get more than was approved.
    Final "split_exceeds_approval" SplitExceedsApproval {
        /// What the provider would get.
        split: Minutes,
        /// What was approved.
        approved: Minutes,
    },
    /// The arbiter has verified the order.
    Final "arbiter_verified" ArbiterVerified {
        /// Who.
        person: AccountId,
    },
    /// The arbiter is a party to the order.
    Final "arbiter_is_party" ArbiterIsParty {
        /// Who.
        person: AccountId,
        /// Which party.
        party: Party,
    },
    /// The arbiter is kin or legal guardian of one of the two sides.
    Final "arbiter_is_kin" ArbiterIsKin {
        /// Who.
        person: AccountId,
        /// Whose.
        side: AccountId,
    },
    /// The arbiter decided what the appeal is against.
    Final "arbiter_decided_before" ArbiterDecidedBefore {
        /// Who.
        person: AccountId,
    },
}

/// A part in an order that keeps its holder from judging it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// Who served.
    Provider,
    /// Who was served.
    Recipient,
    /// Who posted the order.
    Poster,
    /// A clerk who signed in the recipient's place.
    Clerk,
    /// A member of the group that served.
    Member,
    /// Kin of the recipient who pays.
    Payer,
}

fn display<T: std::fmt::Display, S: serde::Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// The rejection's fields, for logs and developers; people read the catalogue's message.
fn serde_text(rejection: &Rejection) -> String {
    format!("{rejection:?}")
}

impl From<AmountError> for Rejection {
    fn from(_: AmountError) -> Rejection {
        Rejection::NumberOverflow
    }
}

impl From<EnvelopeError> for Rejection {
    fn from(reason: EnvelopeError) -> Rejection {
        Rejection::EnvelopeMalformed { reason }
    }
}

/// Why a transaction could not be carried out: a rule, or the storage below.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It breaks a rule.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The state could not be read; nothing is known about the transaction.
    #[error(transparent)]
    State(#[from] StateError),
}

impl From<AmountError> for Refusal {
    fn from(error: AmountError) -> Refusal {
        Refusal::Rejected(error.into())
    }
}
