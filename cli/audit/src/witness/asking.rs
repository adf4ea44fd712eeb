//! One node in one round: what is new, what is newest, something old, and the city's checkpoints.
//!
//! Two chains that have a common beginning differ from some first height on, since each header names its parent. When a node
//! shows a block other than the one that was seen, that height is found by halving, so that what is told and kept is where
//! they part, and not one of the many blocks after it.

use ledger_core::block::{Block, list};
use ledger_core::certificate::CommitCertificate;
use ledger_core::hash::Hash;
use ledger_core::id::Height;
use ledger_core::ledger::transactions_root;
use ledger_core::proof::Checkpoint;
use ledger_core::receipt::Receipt;
use ledger_core::time::TimestampMs;
use timebank_wallet::Error;
use timebank_wallet::answer::BlockAnswer;
use timebank_wallet::client::Transport;

use super::case::{Case, Shown};
use super::notebook::Standing;
use super::{Contradiction, Event, Seen, Watched, What, Witness, WitnessError};

/// The most parts of the archive taken from one node in one round; the rest comes in the next.
const PARTS_MAX: usize = 16;
/// After so many rounds without coming nearer a node is told to be behind.
const BEHIND_ROUNDS: u32 = 3;
/// How much of a node's words is kept, in characters.
const WORDS_MAX: usize = 500;

/// Why a node's turn ends: it gives no answer.
struct Away(String);

/// What a node says about a height that was seen.
enum Probe {
    /// The same block.
    Same,
    /// Another one.
    Other(Box<BlockAnswer>),
    /// Nothing, or something that is no block of that height.
    Nothing,
}

/// Where the telling goes.
type Tell<'t> = &'t mut dyn FnMut(&Event);

impl Witness {
    /// Asks `node` everything it is asked in a round.
    pub(super) fn attend<T: Transport>(
        &mut self,
        node: &Watched<T>,
        now_ms: TimestampMs,
        tell: Tell<'_>,
    ) -> Result<(), WitnessError> {
        let outcome = self.ask_all(node, now_ms, tell)?;
        match outcome {
            Ok(()) => {
                self.round.answered += 1;
                if let Some(since_ms) = self.standing(node).away_since_ms.take() {
                    let node = node.name.clone();
                    self.tell(What::NodeBack { node, since_ms }, now_ms, tell)?;
                }
            }
            Err(Away(reason)) => {
                let standing = self.standing(node);
                if standing.away_since_ms.is_none() {
                    standing.away_since_ms = Some(now_ms);
                    let node = node.name.clone();
                    self.tell(What::NodeAway { node, reason }, now_ms, tell)?;
                }
            }
        }
        Ok(())
    }

    fn standing<T>(&mut self, node: &Watched<T>) -> &mut Standing {
        self.notebook.nodes.entry(node.name.clone()).or_default()
    }

    fn ask_all<T: Transport>(
        &mut self,
        node: &Watched<T>,
        now_ms: TimestampMs,
        tell: Tell<'_>,
    ) -> Result<Result<(), Away>, WitnessError> {
        let status = match node.client.status() {
            Ok(status) => status,
            Err(error) => return Ok(Err(away(&error))),
        };
        if status.chain_id != self.chain_id() {
            let other = What::OtherChain {
                node: node.name.clone(),
                expected: self.chain_id(),
                actual: status.chain_id,
            };
            self.tell(other, now_ms, tell)?;
            return Ok(Ok(()));
        }
        if let Err(away) = self.take_new(node, now_ms, tell)? {
            return Ok(Err(away));
        }
        self.compare_newest(node, status.height, now_ms, tell)?;
        self.patrol(node, now_ms, tell)?;
        if let Ok(checkpoints) = node.client.checkpoints_unverified() {
            self.compare_checkpoints(node, &checkpoints, now_ms, tell)?;
        }
        Ok(Ok(()))
    }

    /// Takes the blocks above the tip that the node has.
    fn take_new<T: Transport>(
        &mut self,
        node: &Watched<T>,
        now_ms: TimestampMs,
        tell: Tell<'_>,
    ) -> Result<Result<(), Away>, WitnessError> {
        for _ in 0..PARTS_MAX {
            let part = match node.client.archive_unverified(self.head().0) {
                Ok(part) if part.is_empty() => return Ok(Ok(())),
                Ok(part) => part,
                Err(error) => return Ok(Err(away(&error))),
            };
            for (block, certificate) in part {
                match self.take_block(node, &block, certificate, now_ms, tell)? {
                    Ok(true) => {}
                    Ok(false) => return Ok(Ok(())),
                    Err(away) => return Ok(Err(away)),
                }
            }
        }
        Ok(Ok(()))
    }

    /// Takes one block if it is the next one, and is what it says; whether it was taken.
    fn take_block<T: Transport>(
        &mut self,
        node: &Watched<T>,
        block: &Block,
        certificate: CommitCertificate,
        now_ms: TimestampMs,
        tell: Tell<'_>,
    ) -> Result<Result<bool, Away>, WitnessError> {
        let (tip, tip_id) = self.head();
        let header = block.header.clone();
        let shown = Shown {
            header: header.clone(),
            certificate: certificate.clone(),
        };
        if header.height != tip.next() {
            let reason = format!(
                "block {} was handed out where {} was asked for",
                header.height,
                tip.next()
            );
            self.tell_bad(node, tip.next(), reason, Some(shown), now_ms, tell)?;
            return Ok(Ok(false));
        }
        let height = header.height;
        if header.parent != tip_id {
            // The node is on another branch: where it leaves this one is looked for. If it says that it does not, it lies.
            if !self.compare_at(node, tip, now_ms, tell)? {
                let reason = format!("its parent {} is not block {tip}", header.parent);
                self.tell_bad(node, height, reason, Some(shown), now_ms, tell)?;
            }
            return Ok(Ok(false));
        }
        if transactions_root(&block.transactions) != header.transactions_root {
            let reason = "its transactions are not those of its header".to_owned();
            self.tell_bad(node, height, reason, Some(shown), now_ms, tell)?;
            return Ok(Ok(false));
        }
        let mut next = None;
        if header.next_validators_hash != header.validators_hash {
            let changes = match node.client.set_changes_unverified(tip) {
                Ok(changes) => changes,
                // No answer is no offence: it is asked again in the next round.
                Err(error) => return Ok(Err(away(&error))),
            };
            next = changes
                .into_iter()
                .next()
                .filter(|change| change.header == header)
                .map(|change| change.next);
            if next.is_none() {
                let reason = "it changes the validators, and who they are is withheld".to_owned();
                self.tell_bad(node, height, reason, Some(shown), now_ms, tell)?;
                return Ok(Ok(false));
            }
        }
        let seen = Seen {
            header,
            certificate,
            next,
        };
        if let Err(reason) = self.take(&seen, now_ms, tell)? {
            self.tell_bad(node, height, reason, Some(shown), now_ms, tell)?;
            return Ok(Ok(false));
        }
        self.standing(node).agreed = height;
        Ok(Ok(true))
    }

    /// Tells of a block that is not what it says, where none was seen yet.
    fn tell_bad<T>(
        &mut self,
        node: &Watched<T>,
        height: Height,
        reason: String,
        theirs: Option<Shown>,
        now_ms: TimestampMs,
        tell: Tell<'_>,
    ) -> Result<(), WitnessError> {
        let case = self.cases.keep(&Case {
            chain_id: self.chain_id(),
            event: "bad_block".to_owned(),
            node: node.name.clone(),
            time_ms: now_ms,
            height,
            reason: Some(reason.clone()),
            ours: self.chronicle.id_at(height)?,
            ours_proven: None,
            theirs,
            checkpoint: None,
            validators: self.trust.set_at(height).cloned(),
        })?;
        let bad = What::BadBlock {
            node: node.name.clone(),
            height,
            reason,
            case,
        };
        self.tell(bad, now_ms, tell)
    }

    /// Compares the newest block of the node, which it says is at `newest`, with what was seen.
    fn compare_newest<T: Transport>(
        &mut self,
        node: &Watched<T>,
        newest: Height,
        now_ms: TimestampMs,
        tell: Tell<'_>,
    ) -> Result<(), WitnessError> {
        let (tip, _) = self.head();
        let height = newest.min(tip);
        let before = self.standing(node).agreed;
        if height < before {
            // Told once: from now on it counts from where it is.
            self.standing(node).agreed = height;
            let went_back = What::NodeWentBack {
                node: node.name.clone(),
                height,
                before,
            };
            self.tell(went_back, now_ms, tell)?;
        }
        if height > Height::GENESIS {
            self.compare_at(node, height, now_ms, tell)?;
        }
        let behind = tip.0.saturating_sub(newest.0);
        let standing = self.standing(node);
        if behind == 0 || newest > before {
            standing.behind_rounds = 0;
        } else {
            standing.behind_rounds = standing.behind_rounds.saturating_add(1);
            if standing.behind_rounds == BEHIND_ROUNDS {
                let behind = What::NodeBehind {
                    node: node.name.clone(),
                    height: newest,
                    behind,
                };
                self.tell(behind, now_ms, tell)?;
            }
        }
        Ok(())
    }

    /// Asks for one old block, the one below the last one asked for.
    fn patrol<T: Transport>(
        &mut self,
        node: &Watched<T>,
        now_ms: TimestampMs,
        tell: Tell<'_>,
    ) -> Result<(), WitnessError> {
        let oldest = self.chronicle.oldest()?;
        let Standing { agreed, patrol, .. } = *self.standing(node);
        let below = Height(patrol.min(agreed).0.saturating_sub(1));
        let height = if below < oldest { agreed } else { below };
        if height >= oldest && height > Height::GENESIS {
            self.standing(node).patrol = height;
            self.compare_at(node, height, now_ms, tell)?;
        }
        Ok(())
    }

    /// Compares what the node shows at `height`, where a block was seen, and tells of a contradiction; whether there was one.
    fn compare_at<T: Transport>(
        &mut self,
        node: &Watched<T>,
        height: Height,
        now_ms: TimestampMs,
        tell: Tell<'_>,
    ) -> Result<bool, WitnessError> {
        match self.probe(node, height)? {
            Probe::Same => {
                let standing = self.standing(node);
                standing.agreed = standing.agreed.max(height);
                Ok(false)
            }
            Probe::Nothing => Ok(false),
            Probe::Other(shown) if shown.block.header.id() == self.id_seen(height)? => {
                let reason = "its transactions or receipts are not those of its header".to_owned();
                let theirs = Shown {
                    header: shown.block.header,
                    certificate: shown.certificate,
                };
                self.tell_bad(node, height, reason, Some(theirs), now_ms, tell)?;
                Ok(true)
            }
            Probe::Other(shown) => {
                let (height, shown) = self.parting(node, height, shown)?;
                self.tell_contradiction(node, height, *shown, now_ms, tell)?;
                Ok(true)
            }
        }
    }

    /// The id of the block seen at `height`; zero when it was given up for room.
    fn id_seen(&self, height: Height) -> Result<ledger_core::id::BlockId, WitnessError> {
        let id = self.chronicle.id_at(height)?;
        Ok(id.unwrap_or(ledger_core::id::BlockId(Hash::ZERO)))
    }

    fn probe<T: Transport>(
        &self,
        node: &Watched<T>,
        height: Height,
    ) -> Result<Probe, WitnessError> {
        let Some(ours) = self.chronicle.id_at(height)? else {
            return Ok(Probe::Nothing);
        };
        let Ok(shown) = node.client.block_unverified(height) else {
            return Ok(Probe::Nothing);
        };
        let header = &shown.block.header;
        if header.height != height {
            return Ok(Probe::Nothing);
        }
        let receipts: Vec<Hash> = shown.receipts.iter().map(Receipt::receipt_hash).collect();
        let is_whole = transactions_root(&shown.block.transactions) == header.transactions_root
            && list::root(&receipts) == header.receipts_root;
        Ok(match header.id() == ours && is_whole {
            true => Probe::Same,
            false => Probe::Other(Box::new(shown)),
        })
    }

    /// The first height at which the node's chain differs, and its block there, given one at which it does.
    fn parting<T: Transport>(
        &self,
        node: &Watched<T>,
        height: Height,
        shown: Box<BlockAnswer>,
    ) -> Result<(Height, Box<BlockAnswer>), WitnessError> {
        let oldest = self.chronicle.oldest()?;
        let (mut same, mut other) = (Height(oldest.0.saturating_sub(1)), (height, shown));
        // At most 64 times, as many as a height has bits.
        while other.0.0.saturating_sub(same.0) > 1 {
            let middle = Height(same.0 + (other.0.0 - same.0) / 2);
            match self.probe(node, middle)? {
                Probe::Same => same = middle,
                Probe::Other(shown) if shown.block.header.id() != self.id_seen(middle)? => {
                    other = (middle, shown);
                }
                // A node that does not answer there leaves it at what it has shown.
                Probe::Other(_) | Probe::Nothing => break,
            }
        }
        Ok(other)
    }

    /// Judges the block that a node shows in place of the one seen, keeps the case, and tells of it.
    fn tell_contradiction<T>(
        &mut self,
        node: &Watched<T>,
        height: Height,
        shown: BlockAnswer,
        now_ms: TimestampMs,
        tell: Tell<'_>,
    ) -> Result<(), WitnessError> {
        let theirs = Shown {
            header: shown.block.header,
            certificate: shown.certificate,
        };
        let undecided = self.undecided(&theirs);
        let had_agreed = self.standing(node).agreed >= height;
        let code = match (&undecided, had_agreed) {
            (_, true) => "rewritten",
            (None, false) => "fork",
            (Some(_), false) => "forged",
        };
        let ours = self.chronicle.seen_at(height)?.map(|seen| Shown {
            header: seen.header,
            certificate: seen.certificate,
        });
        let their_id = theirs.header.id();
        let case = Case {
            chain_id: self.chain_id(),
            event: code.to_owned(),
            node: node.name.clone(),
            time_ms: now_ms,
            height,
            reason: undecided.clone(),
            ours: self.chronicle.id_at(height)?,
            ours_proven: ours,
            theirs: Some(theirs),
            checkpoint: None,
            validators: self.trust.set_at(height).cloned(),
        };
        let file = self.cases.keep(&case)?;
        // By the chain's own time, which no node can give another and which a test chain moves as it likes.
        let documents = self.cases.document(&case, self.tip_time_ms)?;
        let contradiction = Contradiction {
            node: node.name.clone(),
            height,
            ours: self.id_seen(height)?,
            theirs: their_id,
            undecided: undecided.clone(),
            double_signers: case
                .double_signers()
                .into_iter()
                .map(|double| double.validator)
                .collect(),
            case: file,
            documents,
        };
        let what = match code {
            "rewritten" => What::Rewritten(contradiction),
            "fork" => What::Fork(contradiction),
            _ => What::Forged(contradiction),
        };
        self.tell(what, now_ms, tell)
    }

    /// Why the block shown at a height that was seen was not decided; none when a quorum of the height's validators signed it.
    fn undecided(&self, shown: &Shown) -> Option<String> {
        let Shown {
            header,
            certificate,
        } = shown;
        let Some(set) = self.trust.set_at(header.height) else {
            return Some("the validators of its height are not known any more".to_owned());
        };
        if header.chain_id != self.chain_id() || header.validators_hash != set.set_hash() {
            return Some("it is of another chain or of other validators".to_owned());
        }
        certificate
            .verify(header.chain_id, header.height, header.id(), set)
            .err()
            .map(|error| error.to_string())
    }

    /// Compares the city's checkpoints with what was seen, and takes from them who signs the next one.
    fn compare_checkpoints<T>(
        &mut self,
        node: &Watched<T>,
        checkpoints: &[Checkpoint],
        now_ms: TimestampMs,
        tell: Tell<'_>,
    ) -> Result<(), WitnessError> {
        for checkpoint in checkpoints {
            let height = checkpoint.height();
            let is_new = height > self.trust.checkpoint_height() && height <= self.head().0;
            let is_signed = || {
                let keys = self.trust.checkpoint_keys();
                keys.check(self.chain_id(), checkpoint).is_ok()
            };
            // One that nobody vouches for says nothing, and wallets do not believe it either.
            if !is_new || !is_signed() {
                continue;
            }
            let theirs = checkpoint.body.header.id();
            let Some(ours) = self.chronicle.id_at(height)? else {
                continue;
            };
            if ours != theirs {
                return self.tell_checkpoint(node, checkpoint, ours, now_ms, tell);
            }
            let clock = ledger_core::proof::Clock::at(now_ms).with_trusting_period_ms(u64::MAX);
            if self.trust.renew(checkpoint, clock).is_ok() {
                self.unkept += 1;
            }
        }
        Ok(())
    }

    fn tell_checkpoint<T>(
        &mut self,
        node: &Watched<T>,
        checkpoint: &Checkpoint,
        ours: ledger_core::id::BlockId,
        now_ms: TimestampMs,
        tell: Tell<'_>,
    ) -> Result<(), WitnessError> {
        let height = checkpoint.height();
        let case = self.cases.keep(&Case {
            chain_id: self.chain_id(),
            event: "checkpoint_contradicts".to_owned(),
            node: node.name.clone(),
            time_ms: now_ms,
            height,
            reason: None,
            ours: Some(ours),
            ours_proven: self.chronicle.seen_at(height)?.map(|seen| Shown {
                header: seen.header,
                certificate: seen.certificate,
            }),
            theirs: None,
            checkpoint: Some(Box::new(checkpoint.clone())),
            validators: self.trust.set_at(height).cloned(),
        })?;
        let contradicts = What::CheckpointContradicts {
            node: node.name.clone(),
            height,
            ours,
            theirs: checkpoint.body.header.id(),
            case,
        };
        self.tell(contradicts, now_ms, tell)
    }
}

fn away(error: &Error) -> Away {
    Away(error.to_string().chars().take(WORDS_MAX).collect())
}
