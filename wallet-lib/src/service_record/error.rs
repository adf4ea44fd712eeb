//! What can be wrong with a certificate: one variant per cause, as in [`crate::error`].

use ledger_core::id::{AccountId, ChainId};
use ledger_core::signature::PublicKey;
use ledger_core::time::{Month, TimestampMs};

use crate::error::errors;

errors! {
    /// An error of a service record certificate, or of making one. A link of its proof that is broken is named as for every
    /// proof.
    enum CertificateError {}

    /// The bytes are no certificate.
    #[error("not a certificate, or a damaged one: {reason}")]
    Verification "service_certificate_damaged" Damaged {
        /// Why not.
        reason: String,
    },
    /// A certificate of a version this build does not know.
    #[error("a certificate of version {version}; this build reads {known}")]
    Verification "service_certificate_version" Version {
        /// The certificate's.
        version: u8,
        /// The one known here.
        known: u8,
    },
    /// It is a certificate of another city.
    #[error("a certificate of chain {actual}; here it is chain {expected}")]
    Verification "service_certificate_other_city" OtherCity {
        /// The chain here.
        expected: ChainId,
        /// The certificate's.
        actual: ChainId,
    },
    /// It does not hold exactly the records that its statement names.
    #[error("the certificate's records are not those it names: {reason}")]
    Verification "service_certificate_other_records" OtherRecords {
        /// What is wrong.
        reason: String,
    },
    /// A figure that is shown is not what the proven records say.
    #[error("the figure {figure} shows {shown}, the records say {proven}")]
    Verification "service_certificate_figure" Figure {
        /// Which.
        figure: String,
        /// What is shown.
        shown: String,
        /// What is proven.
        proven: String,
    },
    /// The holder did not sign this.
    #[error("the holder's key {key} did not sign this certificate")]
    Verification "service_certificate_signature" Signature {
        /// The key as of the certificate's block.
        key: PublicKey,
    },
    /// Its time is over.
    #[error("the certificate counted until {valid_until_ms} ms, {over_ms} ms ago")]
    Verification "service_certificate_expired" Expired {
        /// Until when.
        valid_until_ms: TimestampMs,
        /// How long ago that was.
        over_ms: u64,
    },
    /// It is to count for longer than any certificate may, or not even until it was made.
    #[error("the certificate is to count until {valid_until_ms} ms; that must lie between its block and {latest_ms} ms")]
    Verification "service_certificate_valid_too_long" ValidTooLong {
        /// Until when it is to count.
        valid_until_ms: TimestampMs,
        /// The latest allowed.
        latest_ms: TimestampMs,
    },
    /// It was made for somebody else.
    #[error("the certificate was made for another reader")]
    Verification "service_certificate_other_reader" OtherReader {},
    /// The period is out of bounds.
    #[error("no period from {from} to {to}: at most {years_max} calendar years, ascending")]
    Local "service_certificate_period" Period {
        /// The first month.
        from: Month,
        /// The last month.
        to: Month,
        /// The most years.
        years_max: u32,
    },
    /// No name of a reader.
    #[error("a reader's name has 1 to {length_max} bytes; this one has {length}")]
    Local "service_certificate_reader_name" ReaderName {
        /// Its length in bytes.
        length: usize,
        /// The longest.
        length_max: usize,
    },
    /// The key at hand is not the holder's as of the block: it was rotated or recovered since.
    #[error("the proof is for key {expected}; the key at hand is {actual}")]
    Local "service_certificate_key_replaced" KeyReplaced {
        /// The holder's.
        expected: PublicKey,
        /// The one at hand.
        actual: PublicKey,
    },
    /// It is proven that the account has given nothing.
    #[error("account {account} had given nothing at {time_ms} ms")]
    NotFound "service_certificate_no_service" NoService {
        /// The account.
        account: AccountId,
        /// As of when.
        time_ms: TimestampMs,
    },
    /// It is proven that the account is no active person's with a key, who could consent.
    #[error("account {account} was no active person's with a key at {time_ms} ms")]
    NotFound "service_certificate_no_holder" NoHolder {
        /// The account.
        account: AccountId,
        /// As of when.
        time_ms: TimestampMs,
    },
    /// A node left out some of what the account has given.
    #[error("the years of account {account} add up to {counted} min, its record says {served} min")]
    Verification "service_certificate_years_missing" YearsMissing {
        /// The account.
        account: AccountId,
        /// Service, training and honorary minutes in all, by the record.
        served: u64,
        /// By the years that were shown.
        counted: u64,
    },
}
