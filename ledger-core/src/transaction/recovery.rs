//! Operations that give a person who lost a key a new one, with the help of guardians.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::id::AccountId;
use crate::record::recovery::Guardian;
use crate::signature::PublicKey;

/// Chooses who helps when the key is lost. Signed by the holder.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct SetGuardians {
    /// The account.
    pub account: AccountId,
    /// Sorted, each once, at most [`crate::record::recovery::GUARDIANS_MAX`]; empty to have none.
    pub guardians: Vec<Guardian>,
    /// How many of them start a recovery; 0 exactly when there are none.
    pub threshold: u8,
    /// How long a recovery waits, in milliseconds: at least the policy's, at most
    /// [`crate::record::recovery::RECOVERY_DELAY_MS_MAX`].
    pub delay_ms: u64,
}

/// Starts giving an account a new key. Signed by the new key and by the threshold of guardians, or by a registrar and a
/// guardian, or, where no guardians are set, by a registrar and an arbiter. An arbiter's signature beyond that keeps the
/// old key from cancelling.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct StartRecovery {
    /// The account.
    pub account: AccountId,
    /// Its key once the delay has passed.
    pub new_key: PublicKey,
}

/// Stops a recovery. Signed by the account's old key, unless an arbiter co-signed the start.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct CancelRecovery {
    /// The account.
    pub account: AccountId,
}

/// Ends a recovery whose delay has passed; the chain also does it by itself. Signed by any one account or member of staff.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct FinishRecovery {
    /// The account.
    pub account: AccountId,
}
