//! Loss of power: of what was written after the last sync, any part may be on the disk and any part not.

use std::io;
use std::sync::{Arc, Mutex};

use redb::{Database, Durability, ReadableDatabase, ReadableTable, TableDefinition};

use crate::storage::checked_file::{CheckedFile, FaultCell};
use crate::storage::volume::Medium;

const TABLE: TableDefinition<u64, &[u8]> = TableDefinition::new("table");

#[derive(Clone, Debug)]
enum Event {
    Write(u64, Vec<u8>),
    Resize(u64),
    Sync,
    /// The commit with this number was acknowledged.
    Acknowledged(u64),
}

/// A file in memory that keeps a record of everything done to it.
#[derive(Clone, Debug, Default)]
struct Recorder {
    content: Arc<Mutex<Vec<u8>>>,
    events: Arc<Mutex<Vec<Event>>>,
}

impl Recorder {
    fn holding(content: Vec<u8>) -> Recorder {
        Recorder {
            content: Arc::new(Mutex::new(content)),
            events: Arc::default(),
        }
    }

    fn record(&self, event: Event) {
        apply(&mut self.content.lock().unwrap(), &event);
        self.events.lock().unwrap().push(event);
    }
}

fn apply(content: &mut Vec<u8>, event: &Event) {
    match event {
        Event::Write(offset, bytes) => {
            let offset = usize::try_from(*offset).unwrap();
            let end = offset + bytes.len();
            if content.len() < end {
                content.resize(end, 0);
            }
            content[offset..end].copy_from_slice(bytes);
        }
        Event::Resize(length) => content.resize(usize::try_from(*length).unwrap(), 0),
        Event::Sync | Event::Acknowledged(_) => {}
    }
}

impl Medium for Recorder {
    fn length(&self) -> io::Result<u64> {
        Ok(self.content.lock().unwrap().len() as u64)
    }

    fn read(&self, out: &mut [u8], offset: u64) -> io::Result<()> {
        let content = self.content.lock().unwrap();
        let offset = usize::try_from(offset).unwrap();
        let found = content.get(offset..offset + out.len());
        out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.record(Event::Write(offset, bytes.to_vec()));
        Ok(())
    }

    fn resize(&self, length: u64) -> io::Result<()> {
        self.record(Event::Resize(length));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.record(Event::Sync);
        Ok(())
    }
}

fn open(recorder: Recorder) -> Result<Database, redb::Error> {
    let file = CheckedFile::open(Box::new(recorder), FaultCell::default())?;
    let mut builder = Database::builder();
    // A small cache, so that pages are written before a commit and read back.
    Ok(builder
        .set_cache_size(64 * 1024)
        .create_with_backend(file)?)
}

fn commit(database: &Database, number: u64) {
    let mut transaction = database.begin_write().unwrap();
    transaction.set_durability(Durability::Immediate).unwrap();
    transaction.set_quick_repair(true);
    {
        let mut table = transaction.open_table(TABLE).unwrap();
        for key in 0..20 {
            let value = vec![number as u8; 300 + (number * 37 + key) as usize % 700];
            table
                .insert((number * 13 + key * 7) % 200, value.as_slice())
                .unwrap();
        }
        table.remove(number * 3 % 200).unwrap();
        table
            .insert(u64::MAX, number.to_le_bytes().as_slice())
            .unwrap();
    }
    transaction.commit().unwrap();
}

/// What is in the table, as one value to compare.
fn content(database: &Database) -> Result<Vec<(u64, Vec<u8>)>, redb::Error> {
    let transaction = database.begin_read()?;
    let table = transaction.open_table(TABLE)?;
    table
        .iter()?
        .map(|record| {
            let (key, value) = record?;
            Ok((key.value(), value.value().to_vec()))
        })
        .collect()
}

fn next_random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

#[test]
fn after_a_loss_of_power_the_last_acknowledged_commit_or_the_one_under_way_is_there_whole() {
    const COMMITS: u64 = 12;
    let recorder = Recorder::default();
    let database = open(recorder.clone()).unwrap();
    let mut contents = Vec::new();
    for number in 0..COMMITS {
        commit(&database, number);
        recorder.record(Event::Acknowledged(number));
        contents.push(content(&database).unwrap());
    }
    let events = recorder.events.lock().unwrap().clone();
    let first = events
        .iter()
        .position(|event| matches!(event, Event::Acknowledged(0)))
        .unwrap();
    let mut random = 0x1234_5678_9abc_def1;
    let mut synced = Vec::new();
    let mut since: Vec<&Event> = Vec::new();
    let mut acknowledged = 0;
    let mut images = 0;
    for (index, event) in events.iter().enumerate() {
        match event {
            Event::Acknowledged(number) => acknowledged = *number,
            Event::Sync => {
                for event in since.drain(..) {
                    apply(&mut synced, event);
                }
            }
            _ => since.push(event),
        }
        if index < first || matches!(event, Event::Acknowledged(_)) {
            continue;
        }
        for _ in 0..3 {
            let mut image = synced.clone();
            for event in &since {
                match (next_random(&mut random) % 4, event) {
                    (0, _) => {}
                    // Half of a write.
                    (1, Event::Write(offset, bytes)) => {
                        let half = bytes[..bytes.len() / 2].to_vec();
                        apply(&mut image, &Event::Write(*offset, half));
                    }
                    _ => apply(&mut image, event),
                }
            }
            images += 1;
            let left = open(Recorder::holding(image)).unwrap();
            let found = content(&left).unwrap();
            let number = contents.iter().position(|content| *content == found);
            let number = number.expect("the content is that of no commit") as u64;
            assert!(
                number == acknowledged || number == acknowledged + 1,
                "commit {acknowledged} was acknowledged and {number} is there"
            );
            // And the database goes on from there.
            commit(&left, 100);
            content(&left).unwrap();
        }
    }
    assert!(images > 300, "{images}");
}
