//! What people write: ids, codes, keys, amounts, days, months and times; on command lines, in paths, in JSON and in CSV.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use ledger_core::hash::Hash;
use ledger_core::id::{
    AccountId, BudgetId, ChainId, ItemCode, OrderId, OrganisationId, ProgrammeCode, ServiceCode,
    StaffId,
};
use ledger_core::record::budget::PoolId;
use ledger_core::record::proxy::ProxyHolder;
use ledger_core::record::recovery::Guardian;
use ledger_core::signature::{PublicKey, Signature};
use ledger_core::time::{Calendar, Day, Month};
use ledger_core::transaction::Signer;
use ledger_core::validator::ValidatorAddress;
use timebank_node::network::{KnownPeer, PeerAddress};

use super::world::TOWN;
use super::{Allowance, Outcome, Target};

/// The target.
pub static TARGET: Target = Target {
    name: "text",
    run,
    samples,
    length_max: 600,
    inputs: 4_000,
    allowance: Allowance {
        // A time is split at its colons, however many there are.
        bytes_per_byte: 48,
        bytes: 8 * 1024,
    },
};

/// Reads `data` as each of them.
pub fn run(data: &[u8]) -> Outcome {
    let Ok(text) = std::str::from_utf8(data) else {
        return Outcome::Refused;
    };
    let taken = [
        reads::<AccountId>(text),
        reads::<OrderId>(text),
        reads::<BudgetId>(text),
        reads::<OrganisationId>(text),
        reads::<StaffId>(text),
        reads::<PoolId>(text),
        reads::<ProxyHolder>(text),
        reads::<Guardian>(text),
        reads::<Signer>(text),
        reads::<ServiceCode>(text),
        reads::<ProgrammeCode>(text),
        reads::<ItemCode>(text),
        reads::<ChainId>(text),
        reads::<Hash>(text),
        reads::<PublicKey>(text),
        reads::<Signature>(text),
        reads::<ValidatorAddress>(text),
        reads::<Day>(text),
        reads::<Month>(text),
        reads::<KnownPeer>(text),
        reads::<PeerAddress>(text),
        reads_time(text),
    ];
    if taken.contains(&true) {
        Outcome::Taken
    } else {
        Outcome::Refused
    }
}

/// What was read is shown as one text, which reads as the same; and signs stand nowhere in what has none.
fn reads<T>(text: &str) -> bool
where
    T: FromStr + Display + Debug + PartialEq,
    T::Err: Display,
{
    match text.parse::<T>() {
        Ok(value) => {
            let shown = value.to_string();
            assert_eq!(shown.parse::<T>().ok().as_ref(), Some(&value), "{shown}");
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            false
        }
    }
}

fn reads_time(text: &str) -> bool {
    let calendar = Calendar::CHINA;
    let Ok(instant) = calendar.parse(text) else {
        return false;
    };
    let shown = calendar.show(instant);
    // Beyond the last instant that fits, days are shown as the last one.
    if instant.0 < u64::MAX - 2 * ledger_core::time::DAY_MS {
        assert_eq!(
            calendar.parse(&shown),
            Ok(instant),
            "{text} shown as {shown}"
        );
    }
    true
}

/// One of each, as it is shown, and as people shorten it.
pub fn samples() -> Vec<Vec<u8>> {
    let account = &TOWN.genesis.accounts[0];
    let staff = TOWN.genesis.staff[0].staff;
    let seed = Hash([7; 32]);
    let signature = Signature([9; 64]);
    let texts = [
        account.id().to_string(),
        account.id().to_string().to_uppercase(),
        OrderId::from_seed(&seed).to_string(),
        BudgetId::from_seed(&seed).to_string(),
        staff.organisation.to_string(),
        "320102001".to_owned(),
        staff.to_string(),
        "320102/7".to_owned(),
        format!("{}:donation", staff.organisation),
        "320102:reserve".to_owned(),
        format!("key:{}", account.key),
        "S01".to_owned(),
        "P07".to_owned(),
        "I03".to_owned(),
        TOWN.chain_id().to_string(),
        account.key.to_string(),
        signature.to_string(),
        TOWN.genesis.validators.as_slice()[0].address().to_string(),
        "2026-11-22".to_owned(),
        "2026-11".to_owned(),
        "2026-11-22 14:05:09".to_owned(),
        "2026-11-22T14:05".to_owned(),
        format!("{}@[::1]:7100", account.key),
        "node.example.org:7100".to_owned(),
        Day(u32::MAX).to_string(),
    ];
    texts.map(String::into_bytes).to_vec()
}
