//! Byzantine nodes: a real replica whose ears and mouth belong to a behaviour, one behaviour a file.
//!
//! Underneath runs the honest replica. What it hears and what it says goes through its behaviour, which may drop, change,
//! add and sign anything with the keys it has. So a behaviour is only what is wrong about a node, and is as well informed as
//! a real attacker who changed a few lines. What always holds: a behaviour has no more than its own node's keys, and what it
//! shares with its fellow conspirators in their notebook.

mod amnesia;
mod craft;
mod equivocate;
mod flawed_certificates;
mod foreign_bodies;
mod framing;
mod future_round_spam;
mod garbage_peer;
mod ghost_mint;
mod hidden_lock;
mod invalid_body;
mod late_release;
mod poisoned_blocks;
mod poisoned_envelope;
mod repeated_bodies;
mod repeated_signers;
mod selective_silence;
mod split_votes;
mod substitution;
mod sync_lies;
mod time_drift;
mod withhold_bodies;

use std::collections::BTreeMap;

use ledger_core::genesis::Genesis;
use ledger_core::id::{ChainId, StaffId};
use ledger_core::record::organisation::{Role, StaffRecord};
use ledger_core::signature::{PublicKey, SecretKey};
use ledger_core::state::{Overlay, StateKey};
use timebank_node::replica::{InboundRequestId, Replica, ReplicaInput, Topic};

use crate::city;
use crate::comparison::founding;
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
    /// Forgets what it signed.
    Amnesia "amnesia" amnesia::Amnesia::default();
    /// Says one thing to one half and another to the other half.
    Equivocate "equivocate" equivocate::Equivocate::default();
    /// Tells certificates that lack a signer or a signature.
    FlawedCertificates "flawed-certificates" flawed_certificates::FlawedCertificates::default();
    /// Hands out lists that are not the block's.
    ForeignBodies "foreign-bodies" foreign_bodies::ForeignBodies::default();
    /// Accuses honest nodes of what they never did.
    Framing "framing" framing::Framing::default();
    /// Says very much about far rounds and heights.
    FutureRoundSpam "future-round-spam" future_round_spam::FutureRoundSpam::default();
    /// Says what is no message.
    GarbagePeer "garbage-peer" garbage_peer::GarbagePeer::default();
    /// Credits minutes to people who do not exist, together with a street office.
    GhostMint "ghost-mint" ghost_mint::GhostMint::default();
    /// Lets single nodes lock, and keeps the proof to itself.
    HiddenLock "hidden-lock" hidden_lock::HiddenLock::default();
    /// Proposes blocks that must not be accepted.
    InvalidBody "invalid-body" invalid_body::InvalidBody::default();
    /// Says everything later, and again.
    LateRelease "late-release" late_release::LateRelease::default();
    /// Serves blocks that are not the chain's.
    PoisonedBlocks "poisoned-blocks" poisoned_blocks::PoisonedBlocks::default();
    /// Hands on the transactions of others with signatures that do not do.
    PoisonedEnvelope "poisoned-envelope" poisoned_envelope::PoisonedEnvelope::default();
    /// Says again and again that the blocks of others are empty, and hands what it has to one node each.
    RepeatedBodies "repeated-bodies" repeated_bodies::RepeatedBodies::default();
    /// Lets one signature stand for many.
    RepeatedSigners "repeated-signers" repeated_signers::RepeatedSigners::default();
    /// Says nothing to some of the others.
    SelectiveSilence "selective-silence" selective_silence::SelectiveSilence;
    /// Votes for the block here and for nil there.
    SplitVotes "split-votes" split_votes::SplitVotes::default();
    /// Lies about what it has, and serves too little, too much, late or never.
    SyncLies "sync-lies" sync_lies::SyncLies::default();
    /// Puts the time of its blocks where it wants it.
    TimeDrift "time-drift" time_drift::TimeDrift::default();
    /// Proposes and keeps the bodies to itself.
    WithholdBodies "withhold-bodies" withhold_bodies::WithholdBodies::default();
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

    /// Called every [`Self::act_interval_ms`] while the node is up, and after each of its starts.
    fn act(&mut self, hands: &mut Hands<'_>) {
        let _ = hands;
    }

    /// How long it is from one call of [`Self::act`] to the next, in virtual milliseconds.
    fn act_interval_ms(&self) -> u64 {
        ACT_INTERVAL_MS
    }
}

/// How often a behaviour may act of itself unless it says otherwise, in virtual milliseconds.
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

/// A member of staff of the office that is in league with the conspirators.
#[derive(Clone, Debug)]
pub struct OfficeStaff {
    /// Who.
    pub staff: StaffId,
    /// The entry on the ledger.
    pub record: StaffRecord,
    /// The key of the entry.
    pub key: SecretKey,
}

/// How many staff entries of an office are looked up.
const OFFICE_STAFF_MAX: u32 = 8;

impl Hands<'_> {
    /// The staff of the street office that is in league with the conspirators, as far as it has the keys they signed up with.
    pub fn office_staff(&self) -> Vec<OfficeStaff> {
        let view = self.replica.state().snapshot();
        let state = Overlay::new(&view);
        let numbers = 0..=OFFICE_STAFF_MAX;
        numbers
            .filter_map(|number| {
                let staff = StaffId {
                    organisation: city::street(0),
                    number,
                };
                let record: StaffRecord = state.load(&StateKey::Staff(staff)).ok()??;
                let ring = || founding::secret_of(&record.key).cloned();
                let key = city::secret_of(staff, &record.key).or_else(ring)?;
                Some(OfficeStaff { staff, record, key })
            })
            .collect()
    }

    /// Who signs for the city's identity registry; its key nobody here has.
    pub fn identity_registry(&self) -> Option<StaffId> {
        let mut staff = self.genesis.staff.iter();
        let registry = staff.find(|it| it.record.has(Role::IdentityRegistry))?;
        Some(registry.staff)
    }

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

    /// Asks `to` something whose answer nobody waits for.
    pub fn ask(&mut self, to: usize, bytes: Vec<u8>) {
        let from = self.peer(self.node);
        let id = InboundRequestId(u64::MAX);
        self.outbox
            .push((to, ReplicaInput::Request { from, id, bytes }));
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
