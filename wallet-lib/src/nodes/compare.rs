//! Comparing nodes: what each proves its newest block to be, and whether they are all on one chain.

use ledger_core::id::{BlockId, Height};
use ledger_core::time::TimestampMs;
use serde::{Deserialize, Serialize};

use super::{Absence, LieKind, Nodes};
use crate::error::{Error, ReadError};
use crate::transport::Transport;
use crate::trust::Trust;
use crate::verify::{Freshness, Verified};

/// What a node proves its newest block to be, or what came of asking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The node, as the transport names it.
    pub node: String,
    /// What came of it.
    pub found: Found,
}

/// What came of asking a node for its newest block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Found {
    /// It proves this block, and is on the same chain as every other node that proves one.
    Proven {
        /// Its height.
        height: Height,
        /// The block.
        block_id: BlockId,
        /// Its time.
        time_ms: TimestampMs,
        /// How many blocks it is behind the furthest node that proves one.
        behind: u64,
    },
    /// It was caught at a lie.
    Lied {
        /// What sort.
        kind: LieKind,
        /// The error's code.
        code: String,
        /// The error in English, for developers.
        message: String,
    },
    /// It gave no answer.
    Away {
        /// The error's code.
        code: String,
        /// The error in English, for developers.
        message: String,
    },
}

/// What comparing all nodes of a client showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// Each node's, in the order in which they were given.
    pub heads: Vec<Head>,
    /// The height at which the nodes' blocks were compared: the newest that all who prove one have.
    pub common: Option<Height>,
    /// Whether two blocks signed for one height came to light; the evidence is among the lies kept.
    pub forked: bool,
}

impl<T: Transport> Nodes<T> {
    pub(crate) fn compare(&self, trust: &Trust, freshness: Freshness) -> Result<Comparison, Error> {
        let now_ms = freshness.now_ms;
        let mut heads: Vec<Result<Verified<()>, Error>> = Vec::new();
        for index in 0..self.nodes.len() {
            let head = self.read_at(index, trust, now_ms, &|node| node.head());
            heads.push(tolerable(head)?);
        }
        let proven = |heads: &[Result<Verified<()>, Error>]| -> Vec<Height> {
            let proven = heads.iter().flatten();
            proven.map(|head| head.height).collect()
        };
        let common = proven(&heads).into_iter().min();
        if let Some(common) = common {
            for (index, head) in heads.iter_mut().enumerate() {
                if !head.as_ref().is_ok_and(|head| head.height > common) {
                    continue;
                }
                // The block of the node that is furthest behind is known by now, so another one is a fork.
                let block = self.read_at(index, trust, now_ms, &|node| node.block(Some(common)));
                if let Err(error) = tolerable(block)? {
                    *head = Err(error);
                }
            }
        }
        let newest = proven(&heads).into_iter().max().unwrap_or_default();
        let forked = heads
            .iter()
            .any(|head| matches!(head, Err(Error::Read(ReadError::Fork { .. }))));
        let heads = heads
            .into_iter()
            .zip(self.standings())
            .map(|(head, standing)| Head {
                node: standing.node,
                found: found(head, newest),
            })
            .collect();
        Ok(Comparison {
            heads,
            common,
            forked,
        })
    }
}

/// What a node did, to be looked at; an error of the wallet's own is passed on.
fn tolerable<R>(outcome: Result<R, Error>) -> Result<Result<R, Error>, Error> {
    match outcome {
        Err(error) if super::is_final(&error, Absence::Claimed) => Err(error),
        other => Ok(other),
    }
}

fn found(head: Result<Verified<()>, Error>, newest: Height) -> Found {
    let error = match head {
        Ok(head) => {
            return Found::Proven {
                height: head.height,
                block_id: head.block_id,
                time_ms: head.time_ms,
                behind: newest.0.saturating_sub(head.height.0),
            };
        }
        Err(error) => error,
    };
    let (code, message) = (error.code().to_owned(), error.to_string());
    match LieKind::of(&error) {
        Some(kind) => Found::Lied {
            kind,
            code,
            message,
        },
        None => Found::Away { code, message },
    }
}
