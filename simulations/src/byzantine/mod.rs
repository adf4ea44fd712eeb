//! Byzantine nodes: a real replica whose ears and mouth belong to a behaviour, one behaviour a file.
//!
//! Underneath runs the honest replica. What it hears and what it says goes through its behaviour, which may drop, change,
//! add and sign anything with the keys it has. So a behaviour is only what is wrong about a node, and is as well informed as
//! a real attacker who changed a few lines. What always holds: a behaviour has no more than its own node's keys, and what it
//! shares with its fellow conspirators in their notebook.

mod selective_silence;

use std::collections::BTreeMap;

use ledger_core::genesis::Genesis;
use ledger_core::id::ChainId;
use ledger_core::signature::{PublicKey, SecretKey};
use timebank_node::replica::{InboundRequestId, Replica, ReplicaInput, Topic};

use crate::city;
use crate::random::Random;

/// Declares the behaviours: variant, name, constructor.
macro_rules! behaviours {
    ($($(#[$doc:meta])* $kind:ident $name:literal $make:expr;)*) => {
        /// What is wrong with a Byzantine node.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum BehaviourKind { $($(#[$doc])* $kind,)* }

        impl BehaviourKind {
            /// All of them.
            pub const ALL: &[BehaviourKind] = &[$(BehaviourKind::$kind,)*];

            /// Its name in summaries and in arguments.
            pub const fn name(self) -> &'static str {
                match self { $(BehaviourKind::$kind => $name,)* }
            }

            /// A node's behaviour, from the beginning.
            pub fn make(self) -> Box<dyn Behaviour> {
                match self { $(BehaviourKind::$kind => Box::new($make),)* }
            }
        }
    };
}

behaviours! {
    /// Says nothing to some of the others.
    SelectiveSilence "selective-silence" selective_silence::SelectiveSilence;
}

/// What is wrong with one node.
pub trait Behaviour {
    /// Before the honest replica underneath hears something: what it hears instead, if anything.
    fn hear(&mut self, hands: &mut Hands<'_>, input: ReplicaInput) -> Vec<ReplicaInput> {
        let _ = hands;
        vec![input]
    }

    /// What leaves instead of what the honest replica underneath wants to send to `to`: receivers and messages.
    fn speak(
        &mut self,
        hands: &mut Hands<'_>,
        to: usize,
        input: ReplicaInput,
    ) -> Vec<(usize, ReplicaInput)> {
        let _ = hands;
        vec![(to, input)]
    }

    /// Called every [`ACT_INTERVAL_MS`] while the node is up, and after each of its starts.
    fn act(&mut self, hands: &mut Hands<'_>) {
        let _ = hands;
    }
}

/// How often a behaviour may act of itself, in virtual milliseconds.
pub const ACT_INTERVAL_MS: u64 = 100;

/// What conspirators share: bytes under a subject and a number.
#[derive(Debug, Default)]
pub struct Notebook {
    /// What was written down.
    pub pages: BTreeMap<(&'static str, u64), Vec<u8>>,
}

/// What a behaviour can see and do.
pub struct Hands<'a> {
    /// The node it is about.
    pub node: usize,
    /// How many nodes there are.
    pub nodes: usize,
    /// The conspirators, this node among them.
    pub conspirators: &'a [usize],
    /// The document the chain began with.
    pub genesis: &'a Genesis,
    /// The time by the node's clock.
    pub now_ms: u64,
    /// Chance.
    pub random: &'a mut Random,
    /// The honest replica underneath.
    pub replica: &'a Replica,
    /// What the conspirators share.
    pub notebook: &'a mut Notebook,
    pub(crate) outbox: Vec<(usize, ReplicaInput)>,
    pub(crate) answers: Vec<(InboundRequestId, Option<Vec<u8>>)>,
    pub(crate) restart: Option<Restart>,
    pub(crate) acted: u64,
}

/// What a node is to have forgotten when it is back in a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// Nothing: it starts from its log.
    Remembering,
    /// Everything it signed: an empty log, and a record that says it never signed anything.
    Forgetting,
}

impl Hands<'_> {
    /// The chain.
    pub fn chain_id(&self) -> ChainId {
        self.genesis.chain_id()
    }

    /// The consensus key of a conspirator.
    ///
    /// # Panics
    /// When `node` is none: nobody has an honest node's key.
    pub fn consensus_key(&self, node: usize) -> SecretKey {
        assert!(self.conspirators.contains(&node), "an honest node's key");
        city::consensus_key(node)
    }

    /// How the others know a node.
    pub fn peer(&self, node: usize) -> PublicKey {
        city::peer(node)
    }

    /// The node known as `peer`.
    pub fn node_of(&self, peer: &PublicKey) -> Option<usize> {
        city::node_of(peer, self.nodes)
    }

    /// Everybody else.
    pub fn others(&self) -> Vec<usize> {
        (0..self.nodes).filter(|node| *node != self.node).collect()
    }

    /// The nodes that are no conspirators.
    pub fn honest(&self) -> Vec<usize> {
        (0..self.nodes)
            .filter(|node| !self.conspirators.contains(node))
            .collect()
    }

    /// Sends a message of this node to `to`, past [`Behaviour::speak`].
    pub fn say(&mut self, to: usize, topic: Topic, bytes: Vec<u8>) {
        let from = self.peer(self.node);
        self.outbox
            .push((to, ReplicaInput::Message { from, topic, bytes }));
    }

    /// Answers a request that this behaviour heard and kept from the replica underneath.
    pub fn answer(&mut self, id: InboundRequestId, bytes: Option<Vec<u8>>) {
        self.answers.push((id, bytes));
    }

    /// Lets this node crash and start again at once.
    pub const fn restart(&mut self, how: Restart) {
        self.restart = Some(how);
    }

    /// What this behaviour is about has really happened.
    pub const fn acted(&mut self) {
        self.acted += 1;
    }
}
