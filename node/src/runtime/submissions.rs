//! Transactions from the API on their way through the replica, which answers each of them under a ticket of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use ledger_core::id::TransactionId;
use ledger_core::transaction::SealedEnvelope;
use tokio::sync::oneshot;

use crate::replica::{Accepted, ClientAddress, Submission, SubmitError, Ticket};

/// Transactions whose answers are outstanding; while there are so many, no more are taken from the API. Twice as many as can
/// wait for verification: who gives way when that is full is decided there, source by source, and not here, where all wait.
pub const SUBMISSIONS_PENDING_MAX: usize = 32_768;

type Answer = Result<Accepted, SubmitError>;

/// Handed in together, to be answered together, in the same order.
#[derive(Debug)]
struct Group {
    ids: Vec<TransactionId>,
    answers: Vec<Option<Answer>>,
    missing: usize,
    reply: oneshot::Sender<Vec<Answer>>,
}

/// What is outstanding.
#[derive(Debug, Default)]
pub(super) struct Tickets {
    next: u64,
    /// By the first ticket of each group; a group's tickets follow one another.
    groups: BTreeMap<u64, Group>,
    pending: usize,
}

impl Tickets {
    /// Whether more may be taken from the API.
    pub(super) const fn has_room(&self) -> bool {
        self.pending < SUBMISSIONS_PENDING_MAX
    }

    /// Gives each envelope a ticket.
    pub(super) fn open(
        &mut self,
        client: ClientAddress,
        envelopes: Vec<Arc<SealedEnvelope>>,
        reply: oneshot::Sender<Vec<Answer>>,
    ) -> Vec<Submission> {
        let (first, count) = (self.next, envelopes.len());
        if count == 0 {
            // Whoever stopped waiting does not want to know.
            let _ = reply.send(Vec::new());
            return Vec::new();
        }
        self.next += count as u64;
        self.pending += count;
        let group = Group {
            ids: envelopes.iter().map(|envelope| envelope.id()).collect(),
            answers: vec![None; count],
            missing: count,
            reply,
        };
        self.groups.insert(first, group);
        (first..)
            .zip(envelopes)
            .map(|(ticket, envelope)| Submission {
                ticket: Ticket(ticket),
                client,
                envelope,
            })
            .collect()
    }

    /// Which transaction a ticket is for, while its group is outstanding.
    pub(super) fn transaction(&self, Ticket(ticket): Ticket) -> Option<TransactionId> {
        let (first, group) = self.groups.range(..=ticket).next_back()?;
        let index = usize::try_from(ticket - first).ok()?;
        group.ids.get(index).copied()
    }

    /// Notes an answer; with the last one of a group, the group is answered.
    pub(super) fn answer(&mut self, Ticket(ticket): Ticket, answer: Answer) {
        let Some((first, group)) = self.groups.range_mut(..=ticket).next_back() else {
            return;
        };
        let first = *first;
        let slot = usize::try_from(ticket - first)
            .ok()
            .and_then(|index| group.answers.get_mut(index));
        if let Some(slot @ None) = slot {
            *slot = Some(answer);
            group.missing -= 1;
            self.pending -= 1;
        }
        if group.missing == 0
            && let Some(group) = self.groups.remove(&first)
        {
            let _ = group
                .reply
                .send(group.answers.into_iter().flatten().collect());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger_core::amount::Minutes;
    use ledger_core::id::{AccountId, ChainId};
    use ledger_core::time::TimestampMs;
    use ledger_core::transaction::value::Gift;
    use ledger_core::transaction::{Envelope, Operation, Signer, TRANSACTION_VERSION, Transaction};

    fn envelopes(count: usize) -> Vec<Arc<SealedEnvelope>> {
        let account = AccountId([1; 20]);
        let transaction = Transaction {
            chain_id: ChainId::default(),
            version: TRANSACTION_VERSION,
            signer: Signer::Account(account),
            valid_until_ms: TimestampMs(1),
            nonce: [0; 16],
            operation: Operation::Gift(Gift {
                from: account,
                to: account,
                minutes: Minutes(1),
            }),
        };
        let sealed = Arc::new(SealedEnvelope::new(Envelope::new(transaction, [])));
        vec![sealed; count]
    }

    #[test]
    fn a_group_is_answered_in_its_own_order_whatever_the_order_of_the_answers() {
        let mut tickets = Tickets::default();
        let (reply, mut first) = oneshot::channel();
        let group = tickets.open(ClientAddress::LOCAL, envelopes(3), reply);
        let (reply, mut second) = oneshot::channel();
        let other = tickets.open(ClientAddress::LOCAL, envelopes(1), reply);
        tickets.answer(group[2].ticket, Ok(Accepted::Known));
        tickets.answer(group[0].ticket, Ok(Accepted::Pending));
        assert!(first.try_recv().is_err(), "one answer is missing");
        tickets.answer(other[0].ticket, Err(SubmitError::Stopping));
        assert_eq!(second.try_recv(), Ok(vec![Err(SubmitError::Stopping)]));
        tickets.answer(group[1].ticket, Err(SubmitError::Stopping));
        assert_eq!(
            first.try_recv(),
            Ok(vec![
                Ok(Accepted::Pending),
                Err(SubmitError::Stopping),
                Ok(Accepted::Known)
            ])
        );
        assert_eq!(tickets.pending, 0);
    }

    #[test]
    fn a_second_answer_and_an_unknown_ticket_change_nothing() {
        let mut tickets = Tickets::default();
        tickets.answer(Ticket(0), Ok(Accepted::Known));
        let (reply, mut answers) = oneshot::channel();
        let group = tickets.open(ClientAddress::LOCAL, envelopes(2), reply);
        tickets.answer(group[0].ticket, Ok(Accepted::Pending));
        tickets.answer(group[0].ticket, Ok(Accepted::Known));
        tickets.answer(Ticket(99), Ok(Accepted::Known));
        assert_eq!(tickets.pending, 1);
        tickets.answer(group[1].ticket, Ok(Accepted::Pending));
        let answers = answers.try_recv().unwrap();
        assert_eq!(answers[0], Ok(Accepted::Pending));
    }

    #[test]
    fn no_more_is_taken_when_too_many_are_outstanding() {
        let mut tickets = Tickets::default();
        let (reply, _answers) = oneshot::channel();
        let group = tickets.open(
            ClientAddress::LOCAL,
            envelopes(SUBMISSIONS_PENDING_MAX),
            reply,
        );
        assert!(!tickets.has_room());
        tickets.answer(group[7].ticket, Ok(Accepted::Pending));
        assert!(tickets.has_room());
    }
}
