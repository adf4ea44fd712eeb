//! Queues that are served by turns.
//!
//! What always holds: what was queued under one key comes in the order in which it was queued; a key under which something
//! waits has its next turn after every other such key has had one, however much waits under any of them. The bounds are the
//! business of whoever queues.

use std::collections::{BTreeMap, VecDeque};

/// Things that wait, by keys that take turns.
#[derive(Debug)]
pub(super) struct Turns<K, T> {
    queues: BTreeMap<K, VecDeque<T>>,
    /// Keys under which something waits, the one whose turn is next first.
    order: VecDeque<K>,
    count: usize,
}

impl<K, T> Default for Turns<K, T> {
    fn default() -> Turns<K, T> {
        Turns {
            queues: BTreeMap::new(),
            order: VecDeque::new(),
            count: 0,
        }
    }
}

impl<K: Copy + Ord, T> Turns<K, T> {
    pub(super) fn push(&mut self, key: K, item: T) {
        let queue = self.queues.entry(key).or_default();
        if queue.is_empty() {
            self.order.push_back(key);
        }
        queue.push_back(item);
        self.count += 1;
    }

    /// The oldest of the key whose turn it is.
    pub(super) fn pop(&mut self) -> Option<(K, T)> {
        let key = self.order.pop_front()?;
        let queue = self.queues.get_mut(&key)?;
        let item = queue.pop_front()?;
        if queue.is_empty() {
            self.queues.remove(&key);
        } else {
            self.order.push_back(key);
        }
        self.count -= 1;
        Some((key, item))
    }

    /// How many wait.
    pub(super) const fn len(&self) -> usize {
        self.count
    }

    /// How many wait under `key`.
    pub(super) fn len_of(&self, key: &K) -> usize {
        self.queues.get(key).map_or(0, VecDeque::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_take_turns_and_each_keeps_its_own_order() {
        let mut turns = Turns::default();
        for (key, item) in [(2, 'a'), (2, 'b'), (2, 'c'), (1, 'd'), (3, 'e'), (1, 'f')] {
            turns.push(key, item);
        }
        assert_eq!((turns.len(), turns.len_of(&2), turns.len_of(&9)), (6, 3, 0));
        let order: String = std::iter::from_fn(|| turns.pop())
            .map(|(_, item)| item)
            .collect();
        assert_eq!(order, "adebfc");
        assert_eq!(
            (turns.len(), turns.queues.len(), turns.order.len()),
            (0, 0, 0)
        );
    }
}
