//! What a wallet believes is true, never lies before what it has believed already, and is never something that was
//! tampered with.
//!
//! Wallets read with proofs at honest, lying and lagging nodes ([`crate::client::reader`]). What the records really are is
//! noted here at each height from the first honest node that commits it.

use std::collections::BTreeMap;

use ledger_core::id::Height;
use ledger_core::state::{StateError, StateView};
use timebank_wallet::Error;

use super::{Checker, Scene};
use crate::client::reader::Interests;
use crate::cluster::seen::{Read, Seen};
use crate::plan::HEIGHTS_MIN;

/// The records wallets ask for, at each height.
#[derive(Debug, Default)]
pub struct VerifiedReads {
    interests: Interests,
    truth: BTreeMap<(Height, Vec<u8>), Option<Vec<u8>>>,
    noted: Height,
    believed: BTreeMap<usize, Height>,
    /// Reads that were compared with what the record really was.
    compared: u64,
}

impl Checker for VerifiedReads {
    fn name(&self) -> &'static str {
        "verified reads"
    }

    fn observe(&mut self, scene: Scene<'_>, seen: &Seen) -> Result<(), String> {
        match seen {
            Seen::Committed { node, committed } if scene.is_honest(*node) => {
                self.interests.begin(scene.cluster.genesis());
                self.interests.follow(&committed.block);
                self.note(scene, *node, committed.block.header.height);
                Ok(())
            }
            Seen::Read(read) => self.check(scene, read),
            _ => Ok(()),
        }
    }

    fn finish(&mut self, _: Scene<'_>) -> Result<(), String> {
        // Within fewer heights than a run must reach nobody may have read a record that was noted.
        if self.compared == 0 && self.noted >= Height(HEIGHTS_MIN) {
            return Err("no wallet believed anything that could be compared".to_owned());
        }
        Ok(())
    }
}

impl VerifiedReads {
    /// Notes the records after the block at `height`. A node that cannot read its state halts with that, which is looked at
    /// elsewhere (`halts`); the next node that commits the block is asked.
    fn note(&mut self, scene: Scene<'_>, node: usize, height: Height) {
        let Some(replica) = scene.cluster.replica(node) else {
            return;
        };
        let state = replica.state().snapshot();
        let at_height = state.label().is_some_and(|label| label.height == height);
        if height <= self.noted || !at_height {
            return;
        }
        let records = self.interests.keys().into_iter().map(|key| {
            let bytes = key.to_bytes();
            let value = state.read(&bytes)?;
            Ok::<_, StateError>(((height, bytes), value))
        });
        if let Ok(records) = records.collect::<Result<Vec<_>, _>>() {
            self.truth.extend(records);
            self.noted = height;
        }
    }

    fn check(&mut self, scene: Scene<'_>, read: &Read) -> Result<(), String> {
        let Read {
            wallet,
            node,
            key,
            tampered,
            outcome,
        } = read;
        let told = || format!("wallet {wallet} reads {key:?} at node {node}");
        let (height, value) = match (outcome, tampered) {
            (Ok(_), Some(how)) => {
                return Err(format!("{} and believes an answer with {how}", told()));
            }
            (Ok(believed), None) => believed,
            // The node lags behind what the wallet has seen elsewhere.
            (Err(_), Some(_)) | (Err(Error::WentBack { .. }), None) => return Ok(()),
            (Err(error), None) if scene.is_honest(*node) => {
                return Err(format!("{} and does not believe it: {error}", told()));
            }
            (Err(_), None) => return Ok(()),
        };
        let before = self.believed.insert(*wallet, *height).unwrap_or_default();
        if *height < before {
            return Err(format!(
                "{} as of block {height}, and has believed one as of {before}",
                told()
            ));
        }
        let Some(truth) = self.truth.get(&(*height, key.to_bytes())) else {
            return Ok(());
        };
        self.compared += 1;
        if truth == value {
            return Ok(());
        }
        Err(format!(
            "{} as of block {height} and believes {value:?}; it is {truth:?}",
            told()
        ))
    }
}
