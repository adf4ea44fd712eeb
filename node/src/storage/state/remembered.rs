//! The ids of transactions that have applied, by the hour of their expiry: those that wait in memory, and which the database
//! may hold.
//!
//! The database has no rows of ids. It has, of each hour with ids, from which moment on they are remembered
//! ([`super::key::remembered_hour`]), and in the index where each transaction is. An id is remembered for an hour if the hour has
//! such a moment and the transaction is in a block no earlier. So an id costs no insert at a random place beside that of the
//! index, and an hour is forgotten by deleting one row, however many ids it has.
//!
//! That is the same for these reasons:
//! - The index has exactly the transactions of blocks, and a block remembers exactly its transactions: the ledger remembers each
//!   when it applies, and a block with one that does not apply is none. [`super::StateStore::commit`] takes no block that
//!   remembers anything else. Genesis has no transactions and remembers none.
//! - An id is remembered for one hour and asked for with no other: the hour is that of `valid_until_ms`, and the id is the hash of
//!   the whole transaction, `valid_until_ms` included. An envelope with other signatures has the same id and the same hour.
//!   Whoever asks (`ledger-core`'s replay protection, a node's admission, a trial import) takes both from one transaction.
//! - In a ledger an hour is forgotten once its last millisecond has passed, after which no transaction of that hour is valid, so
//!   that it is never opened again. Nothing here relies on it: one that were would have a later moment, and what was
//!   remembered before it was forgotten would not be again.
//!
//! Every transaction is looked for here several times, from its arrival to its execution, and all but replays are nowhere.
//! So the answer "nowhere" is the one that must be cheap: ids lie in a table of their own and not among keys of all kinds, and
//! of most hours this process knows so much of what the database holds ([`Written`]) that it need not be asked.
//!
//! What always holds: a reader at moment `at` sees an id exactly when it was remembered at `at` or before and its hour was not
//! forgotten since then, up to `at`; what is remembered and forgotten at one moment is forgotten. [`Written`] never denies what
//! a view of the database holds; it may fail to deny what none does.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{PoisonError, RwLock};

use foldhash::fast::RandomState;
use ledger_core::id::TransactionId;

/// About what an id takes of memory in a table.
pub(super) const ID_BYTES: usize = 64;
/// The most bytes of filters for what the database holds: enough for four million ids.
const FILTERS_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The blocks of an hour's first filter; each further one has twice as many as the one before. Small: validity spans 744 hours,
/// most of them with few ids, and all their first filters together are to take little of the room.
const FIRST_BLOCKS: usize = 8;
/// How many ids a block of a filter is meant for: at 16 bits for each, it is wrong about one id in a thousand.
const BLOCK_IDS: usize = 32;
/// Where there is no room for a further filter, the last one takes so many times the ids it is meant for, and is wrong about
/// more and more; then the hour is given up.
const OVERFULL: usize = 4;

/// A block of a filter, as long as a line of a cache.
type Block = [u64; 8];

/// Ids that wait in memory.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    hours: BTreeMap<u64, Hour>,
}

#[derive(Debug, Default)]
struct Hour {
    /// With the moment from which each is remembered.
    ids: HashMap<TransactionId, u64, RandomState>,
    /// When the hour was forgotten, the earliest first: once, in a ledger.
    forgotten: Vec<u64>,
    /// What was remembered before the hour was forgotten and is remembered again: from when it was at first. None, in a ledger.
    again: Vec<(TransactionId, u64)>,
    /// From when on ids are remembered that were not forgotten; none when there are none.
    since: Option<u64>,
}

impl Hour {
    /// Whether something remembered from `moment` on still is at `at`.
    fn holds(&self, moment: u64, at: u64) -> bool {
        moment <= at && !self.forgotten.iter().any(|it| (moment..=at).contains(it))
    }
}

impl Remembered {
    /// Remembers `id` from `moment` on; how many bytes that takes.
    pub(super) fn remember(&mut self, hour: u64, id: TransactionId, moment: u64) -> usize {
        let hour = self.hours.entry(hour).or_default();
        match hour.ids.get(&id).copied() {
            Some(before) if hour.holds(before, moment) => return 0,
            Some(before) => hour.again.push((id, before)),
            None => {}
        }
        hour.ids.insert(id, moment);
        hour.since.get_or_insert(moment);
        ID_BYTES
    }

    /// Forgets all ids of `hour` at `moment`, those remembered at this moment included.
    pub(super) fn forget(&mut self, hour: u64, moment: u64) {
        let hour = self.hours.entry(hour).or_default();
        hour.forgotten.push(moment);
        hour.since = None;
    }

    /// Whether a reader at `at` sees `id`; none when nothing here says so, and what lies below must be asked.
    pub(super) fn find(&self, hour: u64, id: TransactionId, at: u64) -> Option<bool> {
        let hour = self.hours.get(&hour)?;
        let again = hour.again.iter().filter(|(other, _)| *other == id);
        let mut moments = hour.ids.get(&id).into_iter().chain(again.map(|it| &it.1));
        if moments.any(|moment| hour.holds(*moment, at)) {
            return Some(true);
        }
        hour.forgotten.iter().any(|it| *it <= at).then_some(false)
    }

    /// The hours of which anything is known.
    pub(super) fn hours(&self) -> impl Iterator<Item = u64> {
        self.hours.keys().copied()
    }

    /// What a database that has ids of the hours `open`, and of no others, has to learn of hours: from when on ids of one are
    /// remembered, or that none are any more.
    pub(super) fn marks(&self, open: &BTreeSet<u64>) -> impl Iterator<Item = (u64, Option<u64>)> {
        self.hours.iter().filter_map(|(number, hour)| {
            let was_open = open.contains(number);
            let changes = match hour.since {
                Some(_) => !was_open || !hour.forgotten.is_empty(),
                None => was_open,
            };
            changes.then_some((*number, hour.since))
        })
    }

    /// The hours that were forgotten.
    pub(super) fn forgotten_hours(&self) -> impl Iterator<Item = u64> {
        let hours = self.hours.iter();
        hours.filter_map(|(number, hour)| (!hour.forgotten.is_empty()).then_some(*number))
    }

    /// What is remembered in the end, by the hour, without order.
    pub(super) fn newest(&self) -> impl Iterator<Item = (u64, TransactionId)> {
        self.hours.iter().flat_map(|(number, hour)| {
            let held = hour.ids.iter();
            held.filter(|(_, moment)| hour.holds(**moment, u64::MAX))
                .map(|(id, _)| (*number, *id))
        })
    }
}

/// Which ids the database may hold, by the hour.
///
/// It knows of an hour what was written since the database held none of it. Of an hour that was there when the store
/// was opened it knows nothing, and of one with more ids than its memory is for.
#[derive(Debug, Default)]
pub(super) struct Written {
    inner: RwLock<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    hours: BTreeMap<u64, Known>,
    bytes: usize,
}

/// What is known of an hour.
#[derive(Debug)]
struct Known {
    /// Of views after this batch and later ones.
    since: u64,
    /// None when nothing is known.
    filters: Option<Vec<Filter>>,
}

/// A set that may take an id for its own that is not.
#[derive(Debug)]
struct Filter {
    blocks: Vec<Block>,
    ids: usize,
}

impl Written {
    /// Whether a view after batch `at` may hold `id`.
    pub(super) fn may_hold(&self, hour: u64, id: TransactionId, at: u64) -> bool {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        match inner.hours.get(&hour) {
            Some(Known {
                since,
                filters: Some(filters),
            }) if *since <= at => filters.iter().any(|filter| filter.may_hold(id)),
            _ => true,
        }
    }

    /// Whether anything was ever learnt of `hour`, be it that there is nothing to know.
    pub(super) fn is_met(&self, hour: u64) -> bool {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        inner.hours.contains_key(&hour)
    }

    /// Learns of `hour`, not met yet, whether the database is `empty` of it after batch `at`, the newest.
    pub(super) fn meet(&self, hour: u64, empty: bool, at: u64) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        let known = Known {
            since: at,
            filters: empty.then(Vec::new),
        };
        inner.hours.insert(hour, known);
    }

    /// Takes over what the next batch has brought, before anybody gets a view after it.
    pub(super) fn advance(&self, remembered: &Remembered) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        for (hour, id) in remembered.newest() {
            inner.add(hour, id);
        }
        for hour in remembered.forgotten_hours() {
            // Older views may hold what was forgotten, so that nothing is known of it from here on.
            inner.lose(hour);
            inner.hours.remove(&hour);
        }
    }
}

impl Inner {
    fn add(&mut self, hour: u64, id: TransactionId) {
        let Some(known) = self.hours.get_mut(&hour) else {
            return;
        };
        let Some(filters) = &mut known.filters else {
            return;
        };
        if filters.last().is_none_or(Filter::is_full) {
            let blocks = filters
                .last()
                .map_or(FIRST_BLOCKS, |last| last.blocks.len().saturating_mul(2));
            let bytes = blocks.saturating_mul(size_of::<Block>());
            let total = self.bytes.saturating_add(bytes);
            if total <= FILTERS_BYTES_MAX {
                self.bytes = total;
                filters.push(Filter {
                    blocks: vec![Block::default(); blocks],
                    ids: 0,
                });
            } else if filters.last().is_none_or(Filter::is_overfull) {
                self.lose(hour);
                return;
            }
        }
        if let Some(filter) = filters.last_mut() {
            filter.add(id);
        }
    }

    /// Knows nothing of `hour` any more.
    fn lose(&mut self, hour: u64) {
        let known = self.hours.get_mut(&hour);
        let lost = known.and_then(|known| known.filters.take());
        let blocks = lost.iter().flatten().map(|filter| filter.blocks.len());
        let bytes = blocks.sum::<usize>().saturating_mul(size_of::<Block>());
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

impl Filter {
    fn is_full(&self) -> bool {
        self.ids >= self.blocks.len().saturating_mul(BLOCK_IDS)
    }

    fn is_overfull(&self) -> bool {
        self.ids / OVERFULL >= self.blocks.len().saturating_mul(BLOCK_IDS)
    }

    fn add(&mut self, id: TransactionId) {
        let (place, mask) = spread(id, self.blocks.len());
        for (word, bits) in self.blocks[place].iter_mut().zip(mask) {
            *word |= bits;
        }
        self.ids = self.ids.saturating_add(1);
    }

    fn may_hold(&self, id: TransactionId) -> bool {
        let (place, mask) = spread(id, self.blocks.len());
        let block = &self.blocks[place];
        block.iter().zip(mask).all(|(word, bits)| word & bits != 0)
    }
}

/// The block of an id among `blocks`, and a bit for each word of it. An id is a hash: any of its bytes are as good as random.
fn spread(id: TransactionId, blocks: usize) -> (usize, Block) {
    let [a, b, c, d, e, f, g, h, bits @ ..] = *id.0.as_bytes();
    let number = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
    let place = usize::try_from(number).unwrap_or(0) % blocks;
    let mut mask = Block::default();
    for (word, byte) in mask.iter_mut().zip(bits) {
        *word = 1 << (byte % 64);
    }
    (place, mask)
}

#[cfg(test)]
mod tests {
    use ledger_core::hash::{Domain, hash};

    use super::*;

    fn id(number: usize) -> TransactionId {
        TransactionId(hash(Domain::Identity, &[&number.to_le_bytes()]))
    }

    fn remembered(ids: impl Iterator<Item = usize>) -> Remembered {
        let mut remembered = Remembered::default();
        for number in ids {
            remembered.remember(7, id(number), 1);
        }
        remembered
    }

    #[test]
    fn what_was_written_is_never_denied_and_little_else_is_not() {
        let written = Written::default();
        written.meet(7, true, 0);
        // More than the first eight filters are for.
        let count = 256 * FIRST_BLOCKS * BLOCK_IDS;
        written.advance(&remembered(0..count));
        assert!((0..count).all(|number| written.may_hold(7, id(number), 1)));
        let wrong = (count..2 * count).filter(|number| written.may_hold(7, id(*number), 1));
        assert!(wrong.count() < count / 100);
    }

    #[test]
    fn nothing_is_denied_of_an_hour_that_is_not_known_or_was_forgotten_or_to_an_older_view() {
        let written = Written::default();
        written.meet(7, false, 0);
        written.advance(&remembered(0..1));
        assert!(written.may_hold(7, id(1), 1));
        assert!(written.may_hold(8, id(1), 1));

        let written = Written::default();
        written.meet(7, true, 5);
        written.advance(&remembered(0..1));
        assert!(!written.may_hold(7, id(1), 5));
        assert!(written.may_hold(7, id(1), 4));
        let mut forgetting = Remembered::default();
        forgetting.forget(7, 2);
        written.advance(&forgetting);
        assert!(written.may_hold(7, id(1), 6));
        assert!(!written.is_met(7));
    }

    #[test]
    fn an_hour_with_too_many_ids_is_given_up_and_its_memory_with_it() {
        let mut inner = Inner {
            bytes: FILTERS_BYTES_MAX - FIRST_BLOCKS * size_of::<Block>(),
            ..Inner::default()
        };
        let known = Known {
            since: 0,
            filters: Some(Vec::new()),
        };
        inner.hours.insert(7, known);
        // It takes more than its filter is meant for, as there is no room for another one.
        let most = OVERFULL * FIRST_BLOCKS * BLOCK_IDS;
        for number in 0..most {
            inner.add(7, id(number));
        }
        let filters = inner.hours[&7].filters.as_ref().unwrap();
        assert!((0..most).all(|number| filters[0].may_hold(id(number))));
        assert_eq!((filters.len(), inner.bytes), (1, FILTERS_BYTES_MAX));
        inner.add(7, id(most));
        assert!(inner.hours[&7].filters.is_none());
        assert_eq!(
            inner.bytes,
            FILTERS_BYTES_MAX - FIRST_BLOCKS * size_of::<Block>()
        );
    }

    #[test]
    fn one_id_in_each_hour_of_a_month_leaves_the_room_to_a_busy_hour() {
        let hours = ledger_core::transaction::VALIDITY_MS_MAX / 3_600_000;
        let written = Written::default();
        let mut remembered = Remembered::default();
        for hour in 0..=hours {
            written.meet(hour, true, 0);
            remembered.remember(hour, id(0), 1);
        }
        written.advance(&remembered);
        let known = (0..=hours).all(|hour| !written.may_hold(hour, id(1), 1));
        assert!(known, "an hour is not known any more");
        assert!(written.inner.read().unwrap().bytes < FILTERS_BYTES_MAX / 16);
        let mut busy = Remembered::default();
        let count = 40_000;
        (0..count).for_each(|number| {
            busy.remember(hours, id(number), 2);
        });
        written.advance(&busy);
        assert!((0..count).all(|number| written.may_hold(hours, id(number), 2)));
        let wrong = (count..2 * count).filter(|number| written.may_hold(hours, id(*number), 2));
        assert!(wrong.count() < count / 100);
        assert!((0..hours).all(|hour| !written.may_hold(hour, id(1), 2)));
    }

    #[test]
    fn an_id_that_is_remembered_again_was_not_in_between() {
        let mut hours = Remembered::default();
        assert_eq!(hours.remember(7, id(1), 2), ID_BYTES);
        assert_eq!(hours.remember(7, id(1), 3), 0);
        hours.forget(7, 4);
        hours.remember(7, id(1), 6);
        let seen: Vec<Option<bool>> = (1..=6).map(|at| hours.find(7, id(1), at)).collect();
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(seen, [None, yes, yes, no, no, yes]);
        assert_eq!(hours.newest().collect::<Vec<_>>(), [(7, id(1))]);
        assert_eq!(hours.forgotten_hours().collect::<Vec<_>>(), [7]);
    }
}
