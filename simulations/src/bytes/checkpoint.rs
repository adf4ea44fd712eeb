//! Checkpoint files: as a node reads the one its office puts there, and as a wallet reads what it is given.

use std::fs;
use std::sync::{Mutex, PoisonError};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use ledger_core::proof::{BUNDLE_CHECKPOINTS_MAX, Checkpoint, TrustChain};
use serde_json::Value;
use timebank_wallet::answer::CheckpointsAnswer;

use super::api;
use super::proven::{assert_decided, check, checkpoints, clock};
use super::world::TOWN;
use super::{Allowance, Outcome, Target};

/// The target.
pub static TARGET: Target = Target {
    name: "checkpoint",
    run,
    samples,
    length_max: 32 * 1024,
    inputs: 500,
    allowance: Allowance {
        // Its text, what JSON it is before anybody knows of what kind, and the answer.
        bytes_per_byte: 48,
        bytes: 96 * 1024,
    },
};

/// The file is one: whoever writes it waits for whoever reads it.
static PLACE: Mutex<()> = Mutex::new(());

/// Puts `data` where the node expects its office's file and asks for it; and reads it as a wallet's.
pub fn run(data: &[u8]) -> Outcome {
    let place = PLACE.lock().unwrap_or_else(PoisonError::into_inner);
    let path = api::checkpoint_file();
    fs::write(path, data).expect("a folder of its own can be written to");
    let request = Request::get("/v1/checkpoint").body(Body::empty());
    let (status, body) = api::ask(request.expect("a path"));
    fs::remove_file(path).expect("it was just written");
    drop(place);
    let served = match status {
        StatusCode::OK => {
            let answer: CheckpointsAnswer =
                serde_json::from_slice(&body).expect("what a node serves a wallet reads");
            let count = answer.checkpoints.len();
            assert!((1..=BUNDLE_CHECKPOINTS_MAX).contains(&count));
            believe(&answer.checkpoints).expect("a node serves what wallets believe");
            true
        }
        _ => {
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
            let answer: Value = serde_json::from_slice(&body).expect("every refusal is JSON");
            assert_eq!(answer["error"]["code"], "storage_failed");
            false
        }
    };
    let read = read_by_wallet(data);
    if let Some(checkpoints) = &read {
        // An office may have put there what it has yet to sign, and a node serves none or too many of.
        let believed = believe(checkpoints).is_some();
        let count = checkpoints.len();
        assert_eq!(
            served,
            believed && (1..=BUNDLE_CHECKPOINTS_MAX).contains(&count)
        );
    }
    if served || read.is_some() {
        Outcome::Taken
    } else {
        Outcome::Refused
    }
}

/// One, or several as a node answers them.
fn read_by_wallet(data: &[u8]) -> Option<Vec<Checkpoint>> {
    let several = serde_json::from_slice::<CheckpointsAnswer>(data).map(|it| it.checkpoints);
    let one = || serde_json::from_slice::<Checkpoint>(data).map(|it| vec![it]);
    let read = several.or_else(|_| one()).ok()?;
    for checkpoint in &read {
        let text = serde_json::to_vec(checkpoint).expect("a checkpoint has text keys only");
        let again: Checkpoint = serde_json::from_slice(&text).expect("it was written as JSON");
        assert_eq!(again, *checkpoint);
    }
    Some(read)
}

/// Believes each after the other: what is believed is of the chain.
fn believe(checkpoints: &[Checkpoint]) -> Option<TrustChain> {
    let mut trust = TrustChain::genesis(&TOWN.genesis);
    for checkpoint in checkpoints {
        if let Err(error) = trust.renew(checkpoint, clock(&TOWN)) {
            check(&error);
            return None;
        }
        assert_decided(&TOWN, &checkpoint.body.header);
    }
    Some(trust)
}

/// One, one nobody has signed, and those that handed over.
pub fn samples() -> Vec<Vec<u8>> {
    let checkpoints = checkpoints();
    let unsigned = Checkpoint::new(checkpoints[1].body.clone(), []);
    let json = |checkpoint| serde_json::to_vec(checkpoint).expect("it has text keys only");
    let pretty = serde_json::to_vec_pretty(&checkpoints[0]).expect("it has text keys only");
    let mut samples = vec![json(&checkpoints[0]), json(&unsigned), pretty];
    for count in 1..=checkpoints.len() {
        let checkpoints = checkpoints[..count].to_vec();
        let answer = serde_json::json!({ "checkpoints": checkpoints });
        samples.push(answer.to_string().into_bytes());
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_serves_the_samples_that_are_signed() {
        let read: Vec<_> = samples()
            .iter()
            .filter_map(|it| read_by_wallet(it))
            .collect();
        assert_eq!(read.len(), 6);
        let believed = read.iter().filter(|it| believe(it).is_some()).count();
        assert_eq!(believed, 5, "all but the one nobody has signed");
    }
}
