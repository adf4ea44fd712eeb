//! The supply: where every minute is.

use clap::Args;
use ledger_core::amount::Minutes;
use ledger_core::message::Arguments;
use ledger_core::record::supply::SupplyRecord;
use serde_json::{Value, json};

use super::account::as_of;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;

#[derive(Debug, Args)]
pub(crate) struct Supply {
    #[arg(long)]
    unverified: bool,
}

pub(crate) fn run(arguments: &Supply, session: &Session<'_>) -> Result<Output, Failure> {
    let client = session.client()?;
    if arguments.unverified {
        let answer = client.supply_unverified()?;
        let json = json!({"supply": answer.supply, "issued": answer.issued, "accounted": answer.accounted,
                          "height": answer.height, "verified": false});
        return Ok(described(&json, &answer.supply).say("unverified", Arguments::NONE));
    }
    let verified = client.supply(session.freshness())?;
    let supply = &verified.value;
    let json = json!({"supply": supply, "issued": supply.issued().ok(), "accounted": supply.accounted().ok(),
                      "height": verified.height, "time_ms": verified.time_ms, "verified": true});
    Ok(described(&json, supply).say("verified", as_of(&verified)))
}

fn described(json: &Value, supply: &SupplyRecord) -> Output {
    let (issued, accounted) = (supply.issued(), supply.accounted());
    let balances = match (issued, accounted) {
        (Ok(issued), Ok(accounted)) if issued == accounted => "supply-balances",
        _ => "supply-differs",
    };
    let sum = |sum: Result<Minutes, _>| json!(sum.ok());
    Output::of(json)
        .fields([
            ("issued_service", json!(supply.issued_service)),
            ("issued_grant", json!(supply.issued_grant)),
            ("issued_training", json!(supply.issued_training)),
            ("issued_campaign", json!(supply.issued_campaign)),
            ("issued_fund", json!(supply.issued_fund)),
            ("issued", sum(issued)),
        ])
        .fields([
            ("spendable", json!(supply.spendable)),
            ("held", json!(supply.held)),
            ("pools", json!(supply.pools)),
            ("redeemed", json!(supply.redeemed)),
            ("expired", json!(supply.expired)),
            ("voided", json!(supply.voided)),
            ("accounted", sum(accounted)),
        ])
        .say(balances, Arguments::NONE)
}
