//! The service record certificate of an account of this wallet ([`crate::service_record`]).

use ledger_core::time::{Month, TimestampMs};

use super::Wallet;
use crate::error::Error;
use crate::service_record::{Certificate, Reader, Wish};

impl Wallet {
    /// A certificate of what an account gave in the months from `from` to `to`, good until `valid_until_ms`; with a `reader`
    /// it counts for whoever knows that name only. It is checked before it is given away.
    ///
    /// # Errors
    /// While the wallet is locked; when the period or the time is out of bounds; when it is proven that the account has given
    /// nothing; otherwise the node's, and those of the proof.
    pub fn service_record_certificate(
        &self,
        label: &str,
        from: Month,
        to: Month,
        reader: Option<&str>,
        valid_until_ms: TimestampMs,
    ) -> Result<Certificate, Error> {
        let wish = Wish {
            from,
            to,
            reader: reader.map(Reader::named).transpose()?,
            valid_until_ms,
        };
        wish.years()?;
        let key = self.keystore().secret_key(label)?;
        let account = self.account_id(label)?;
        let bundle = self
            .client
            .prove_service_record(account, self.freshness())?;
        Certificate::make(account, bundle, &key, &wish)
    }
}
