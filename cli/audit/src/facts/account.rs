//! Facts of one account: whose it is, where its home was, what moved, and when its holder was last heard of.

use ledger_core::id::OrganisationId;
use ledger_core::receipt::Entry;
use ledger_core::record::kin::Relation;
use ledger_core::time::TimestampMs;

use super::Event;

/// Whose account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// A person with a key.
    Person,
    /// A person without a phone.
    Keyless,
    /// A volunteer team.
    Group,
    /// A merchant.
    Merchant,
}

/// One account.
#[derive(Clone, Debug)]
pub struct AccountFacts {
    /// Whose.
    pub holder: Holder,
    /// When it was opened; none: in genesis.
    pub opened: Option<Event>,
    /// When it was closed.
    pub closed: Option<Event>,
    /// Home streets over time, the first from its opening on.
    pub homes: Vec<(TimestampMs, OrganisationId)>,
    /// Instants at which the holder, or a proxy in its place, did something: signed, or was served by signing for it.
    /// Sorted. Payments that arrive by themselves do not count.
    pub active: Vec<TimestampMs>,
    /// When the key was replaced, by its holder or by a recovery.
    pub key_changes: Vec<Event>,
    /// When proxies were appointed for its holder.
    pub proxies_appointed: Vec<Event>,
    /// Every entry that moved minutes, oldest first.
    pub movements: Vec<Movement>,
    /// Minutes that can be spent now.
    pub spendable: u64,
    /// Minutes held under orders now.
    pub held: u64,
}

/// One entry that moved minutes of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// When.
    pub event: Event,
    /// What.
    pub entry: Entry,
    /// Minutes that could be spent before it.
    pub spendable_before: u64,
}

/// A kin link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KinFacts {
    /// What the second is to the first of the key.
    pub relation: Relation,
    /// Since when.
    pub linked: Event,
    /// Until when; none: still.
    pub until_ms: Option<TimestampMs>,
}

impl KinFacts {
    /// Whether the link was there at an instant.
    pub fn covers(&self, at: TimestampMs) -> bool {
        self.linked.time_ms <= at && self.until_ms.is_none_or(|until| at < until)
    }
}

impl AccountFacts {
    pub(crate) fn new(
        holder: Holder,
        home: OrganisationId,
        opened: Option<Event>,
        from_ms: TimestampMs,
    ) -> AccountFacts {
        AccountFacts {
            holder,
            opened,
            closed: None,
            homes: vec![(from_ms, home)],
            active: Vec::new(),
            key_changes: Vec::new(),
            proxies_appointed: Vec::new(),
            movements: Vec::new(),
            spendable: 0,
            held: 0,
        }
    }

    /// The home street now.
    pub fn home(&self) -> OrganisationId {
        self.homes
            .last()
            .map(|(_, home)| *home)
            .expect("an account is made with its first home")
    }

    /// The home street at an instant; the first one before the opening.
    pub fn home_at(&self, at: TimestampMs) -> OrganisationId {
        let found = self.homes.iter().rev().find(|(from, _)| *from <= at);
        found
            .or(self.homes.first())
            .map_or(self.home(), |(_, home)| *home)
    }

    /// When the account began.
    pub fn began_ms(&self) -> TimestampMs {
        self.homes
            .first()
            .map(|(from, _)| *from)
            .unwrap_or_default()
    }

    /// The last sign of life before `at`, the opening included.
    pub fn last_active_before(&self, at: TimestampMs) -> TimestampMs {
        let before = self.active.partition_point(|instant| *instant < at);
        let signed = before
            .checked_sub(1)
            .and_then(|last| self.active.get(last))
            .copied();
        signed.unwrap_or_else(|| self.began_ms())
    }

    pub(crate) fn note_activity(&mut self, at: TimestampMs) {
        if self.active.last() != Some(&at) {
            self.active.push(at);
        }
    }

    /// Adds an entry's effect, and keeps it when it moved minutes.
    pub(crate) fn post(&mut self, event: Event, entry: &Entry) {
        let effect = Effect::of(entry);
        if effect == Effect::NONE {
            return;
        }
        self.movements.push(Movement {
            event,
            entry: entry.clone(),
            spendable_before: self.spendable,
        });
        // The book checked conservation, so that neither side ever falls below zero.
        self.spendable = self
            .spendable
            .saturating_add(effect.spendable_in)
            .saturating_sub(effect.spendable_out);
        self.held = self
            .held
            .saturating_add(effect.held_in)
            .saturating_sub(effect.held_out);
    }
}

/// What an entry does to the spendable and held minutes of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Effect {
    pub(crate) spendable_in: u64,
    pub(crate) spendable_out: u64,
    pub(crate) held_in: u64,
    pub(crate) held_out: u64,
}

impl Effect {
    const NONE: Effect = Effect {
        spendable_in: 0,
        spendable_out: 0,
        held_in: 0,
        held_out: 0,
    };

    pub(crate) fn of(entry: &Entry) -> Effect {
        match entry {
            Entry::Earned { credited, .. }
            | Entry::GiftReceived { credited, .. }
            | Entry::Granted { credited, .. }
            | Entry::PoolGranted { credited, .. }
            | Entry::Trained { credited, .. }
            | Entry::Campaigned { credited, .. }
            | Entry::RestReceived { credited, .. } => Effect {
                spendable_in: credited.0,
                ..Effect::NONE
            },
            Entry::MadeWhole { minutes, .. } => Effect {
                spendable_in: minutes.0,
                ..Effect::NONE
            },
            Entry::GiftSent { minutes, .. }
            | Entry::Donated { minutes, .. }
            | Entry::Redeemed { minutes, .. }
            | Entry::Expired { minutes, .. }
            | Entry::Closed { minutes } => Effect {
                spendable_out: minutes.0,
                ..Effect::NONE
            },
            Entry::TakenBack { recovered, .. } => Effect {
                spendable_out: recovered.0,
                ..Effect::NONE
            },
            Entry::Held { minutes, .. } => Effect {
                spendable_out: minutes.0,
                held_in: minutes.0,
                ..Effect::NONE
            },
            Entry::Released { minutes, .. } => Effect {
                spendable_in: minutes.0,
                held_out: minutes.0,
                ..Effect::NONE
            },
            Entry::Paid { minutes, .. } => Effect {
                held_out: minutes.0,
                ..Effect::NONE
            },
            _ => Effect::NONE,
        }
    }
}
