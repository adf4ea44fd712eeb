//! Byzantine nodes: what they hear, say and do goes through their behaviours.

use std::collections::BTreeMap;

use timebank_node::consensus::LastSigned;
use timebank_node::replica::ReplicaInput;

use super::Cluster;
use super::event::Event;
use crate::byzantine::{Behaviour, BehaviourKind, Hands, Notebook, Restart};
use crate::clock::MS_US;
use crate::random::Random;

/// How soon a Byzantine node that restarts is back, in microseconds: later than its peers notice.
const RESTART_US: u64 = 2_000;

/// The Byzantine nodes of a cluster.
pub(super) struct Conspiracy {
    members: Vec<usize>,
    behaviours: BTreeMap<usize, (BehaviourKind, Box<dyn Behaviour>)>,
    notebook: Notebook,
    random: Random,
    acted: BTreeMap<BehaviourKind, u64>,
}

impl Conspiracy {
    pub(super) const fn new(random: Random) -> Conspiracy {
        Conspiracy {
            members: Vec::new(),
            behaviours: BTreeMap::new(),
            notebook: Notebook {
                pages: BTreeMap::new(),
            },
            random,
            acted: BTreeMap::new(),
        }
    }
}

impl Cluster {
    /// Makes a node Byzantine from now on.
    pub fn corrupt(&mut self, node: usize, kind: BehaviourKind) {
        self.conspiracy.behaviours.insert(node, (kind, kind.make()));
        self.conspiracy.members = self.conspiracy.behaviours.keys().copied().collect();
        self.begin_acting(node);
    }

    /// Whether a node is Byzantine, or has the keys of one that is.
    pub fn is_byzantine(&self, node: usize) -> bool {
        let behaviours = &self.conspiracy.behaviours;
        behaviours.contains_key(&node) || behaviours.contains_key(&self.nodes[node].identity)
    }

    /// How often each behaviour really did what it is about.
    pub const fn misdeeds(&self) -> &BTreeMap<BehaviourKind, u64> {
        &self.conspiracy.acted
    }

    pub(super) fn begin_acting(&mut self, node: usize) {
        if self.conspiracy.behaviours.contains_key(&node) && self.nodes[node].replica.is_some() {
            let life = self.nodes[node].life;
            self.clock.schedule(0, Event::Act { node, life });
        }
    }

    pub(super) fn act(&mut self, node: usize) {
        let interval_ms = self.with_behaviour(node, |behaviour, hands| {
            behaviour.act(hands);
            behaviour.act_interval_ms()
        });
        if let Some(interval_ms) = interval_ms
            && self.nodes[node].replica.is_some()
        {
            let life = self.nodes[node].life;
            self.clock
                .schedule(interval_ms * MS_US, Event::Act { node, life });
        }
    }

    /// What the replica of `node` hears of `input`.
    pub(super) fn hear(&mut self, node: usize, input: ReplicaInput) -> Vec<ReplicaInput> {
        if !self.conspiracy.behaviours.contains_key(&node) {
            return vec![input];
        }
        self.with_behaviour(node, |behaviour, hands| behaviour.hear(hands, input))
            .unwrap_or_default()
    }

    /// What leaves `from` instead of `input` towards `to`.
    pub(super) fn speak(
        &mut self,
        from: usize,
        to: usize,
        input: ReplicaInput,
    ) -> Vec<(usize, ReplicaInput)> {
        if !self.conspiracy.behaviours.contains_key(&from) {
            return vec![(to, input)];
        }
        self.with_behaviour(from, |behaviour, hands| behaviour.speak(hands, to, input))
            .unwrap_or_default()
    }

    /// Lets a node's behaviour do something, and carries out what it wanted besides.
    fn with_behaviour<T>(
        &mut self,
        node: usize,
        act: impl FnOnce(&mut dyn Behaviour, &mut Hands<'_>) -> T,
    ) -> Option<T> {
        let now_ms = self.now_ms(node);
        let replica = self.nodes[node].replica.as_ref()?;
        let Conspiracy {
            members,
            behaviours,
            notebook,
            random,
            acted,
        } = &mut self.conspiracy;
        let (kind, behaviour) = behaviours.get_mut(&node)?;
        let mut hands = Hands {
            node,
            nodes: self.settings.nodes,
            conspirators: members,
            genesis: &self.genesis,
            now_ms,
            random,
            replica,
            notebook,
            outbox: Vec::new(),
            answers: Vec::new(),
            restart: None,
            acted: 0,
        };
        let outcome = act(behaviour.as_mut(), &mut hands);
        let Hands {
            outbox,
            answers,
            restart,
            acted: times,
            ..
        } = hands;
        if times > 0 {
            *acted.entry(*kind).or_default() += times;
        }
        for (to, input) in outbox {
            self.transmit(node, to, input);
        }
        for (id, bytes) in answers {
            self.answer(node, id, bytes);
        }
        if let Some(how) = restart {
            self.restart_byzantine(node, how);
        }
        Some(outcome)
    }

    fn restart_byzantine(&mut self, node: usize, how: Restart) {
        self.crash(node, 0);
        if how == Restart::Forgetting {
            self.disk(node)
                .forget_signing(&LastSigned::NOTHING.encode());
        }
        self.clock.schedule(RESTART_US, Event::Restart { node });
    }
}
