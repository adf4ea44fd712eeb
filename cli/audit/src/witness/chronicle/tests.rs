//! Headers on disk: read back, cut where a crash left them, named where they are damaged, and given up for room.

use ledger_core::block::HEADER_VERSION;
use ledger_core::id::ChainId;
use ledger_core::time::TimestampMs;
use ledger_core::validator::ValidatorAddress;

use super::*;

fn seen(height: u64, parent: BlockId) -> Seen {
    let zero = Hash::ZERO;
    let header = Header {
        version: HEADER_VERSION,
        chain_id: ChainId(zero),
        height: Height(height),
        time_ms: TimestampMs(height),
        parent,
        proposer: ValidatorAddress([0; 20]),
        transactions_root: zero,
        receipts_root: zero,
        state_root: zero,
        validators_hash: zero,
        next_validators_hash: zero,
        last_set_change: Height::GENESIS,
    };
    let certificate = CommitCertificate {
        height: header.height,
        round: 0,
        block_id: header.id(),
        signatures: Vec::new(),
    };
    Seen {
        header,
        certificate,
        next: None,
    }
}

fn grow(chronicle: &mut Chronicle, to: u64) {
    while chronicle.tip().0.0 < to {
        let (height, parent) = chronicle.tip();
        chronicle.append(&seen(height.0 + 1, parent)).unwrap();
    }
    chronicle.sync().unwrap();
}

fn headers_of(folder: &Path) -> PathBuf {
    folder.join(format!("{:020}.headers", 1))
}

#[test]
fn what_was_appended_is_read_back_across_segments_and_openings() {
    let folder = tempfile::tempdir().unwrap();
    let mut chronicle = Chronicle::open(folder.path(), u64::MAX).unwrap();
    assert_eq!(chronicle.tip().0, Height::GENESIS);
    for to in [1, 7, SEGMENT_BLOCKS, SEGMENT_BLOCKS + 1, SEGMENT_BLOCKS + 9] {
        grow(&mut chronicle, to);
        let tip = chronicle.tip();
        drop(chronicle);
        chronicle = Chronicle::open(folder.path(), u64::MAX).unwrap();
        assert_eq!(chronicle.tip(), tip);
    }
    let mut parent = BlockId(Hash::ZERO);
    let mut replayed = 0;
    chronicle
        .replay(Height::GENESIS, |seen| {
            assert_eq!(seen.header.parent, parent);
            parent = seen.header.id();
            replayed += 1;
            Ok(())
        })
        .unwrap();
    assert_eq!(replayed, SEGMENT_BLOCKS + 9);
    for height in [1, 2, SEGMENT_BLOCKS, SEGMENT_BLOCKS + 1, SEGMENT_BLOCKS + 9] {
        let seen = chronicle.seen_at(Height(height)).unwrap().unwrap();
        assert_eq!(seen.header.height, Height(height));
        let id = chronicle.id_at(Height(height)).unwrap();
        assert_eq!(id, Some(seen.header.id()));
    }
    assert_eq!(
        chronicle.seen_at(Height(SEGMENT_BLOCKS + 10)).unwrap(),
        None
    );
    assert_eq!(chronicle.id_at(Height::GENESIS).unwrap(), None);
}

#[test]
fn wherever_a_crash_cuts_the_end_the_whole_headers_before_it_stay() {
    let folder = tempfile::tempdir().unwrap();
    let mut chronicle = Chronicle::open(folder.path(), u64::MAX).unwrap();
    grow(&mut chronicle, 2);
    let two = fs::metadata(headers_of(folder.path())).unwrap().len();
    grow(&mut chronicle, 3);
    drop(chronicle);
    let whole = fs::read(headers_of(folder.path())).unwrap();
    let two = usize::try_from(two).unwrap();
    for cut in two..whole.len() {
        fs::write(headers_of(folder.path()), &whole[..cut]).unwrap();
        let mut chronicle = Chronicle::open(folder.path(), u64::MAX).unwrap();
        assert_eq!(chronicle.tip().0, Height(2), "cut at {cut}");
        grow(&mut chronicle, 3);
        drop(chronicle);
        assert_eq!(fs::read(headers_of(folder.path())).unwrap(), whole);
    }
    // A file that had grown before its content reached the disk.
    let mut zeros = whole[..two].to_vec();
    zeros.resize(whole.len(), 0);
    fs::write(headers_of(folder.path()), &zeros).unwrap();
    let chronicle = Chronicle::open(folder.path(), u64::MAX).unwrap();
    assert_eq!(chronicle.tip().0, Height(2));
}

#[test]
fn damage_before_the_end_is_named_and_nothing_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let mut chronicle = Chronicle::open(folder.path(), u64::MAX).unwrap();
    grow(&mut chronicle, 1);
    let one = usize::try_from(fs::metadata(headers_of(folder.path())).unwrap().len()).unwrap();
    grow(&mut chronicle, 3);
    drop(chronicle);
    let right = fs::read(headers_of(folder.path())).unwrap();
    for at in (0..one).filter(|at| !(1..4).contains(at)) {
        let mut wrong = right.clone();
        wrong[at] ^= 1;
        fs::write(headers_of(folder.path()), &wrong).unwrap();
        let error = Chronicle::open(folder.path(), u64::MAX).unwrap_err();
        assert!(matches!(error, WitnessError::Damaged { .. }), "byte {at}");
        assert_eq!(fs::read(headers_of(folder.path())).unwrap(), wrong);
    }
}

#[test]
fn a_segment_that_was_just_begun_when_the_machine_stopped_is_begun_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut chronicle = Chronicle::open(folder.path(), u64::MAX).unwrap();
    grow(&mut chronicle, SEGMENT_BLOCKS);
    drop(chronicle);
    File::create(
        folder
            .path()
            .join(format!("{:020}.headers", SEGMENT_BLOCKS + 1)),
    )
    .unwrap();
    let mut chronicle = Chronicle::open(folder.path(), u64::MAX).unwrap();
    assert_eq!(chronicle.tip().0, Height(SEGMENT_BLOCKS));
    grow(&mut chronicle, SEGMENT_BLOCKS + 2);
}

#[test]
fn beyond_its_room_it_gives_up_the_oldest_headers_and_keeps_their_ids() {
    let folder = tempfile::tempdir().unwrap();
    let length = |kind: &str| -> u64 {
        let files = fs::read_dir(folder.path()).unwrap();
        files
            .map(|file| file.unwrap())
            .filter(|file| file.path().extension().is_some_and(|it| it == kind))
            .map(|file| file.metadata().unwrap().len())
            .sum()
    };
    let mut chronicle = Chronicle::open(folder.path(), 3_000_000).unwrap();
    grow(&mut chronicle, 5 * SEGMENT_BLOCKS + 1);
    assert!(length(HEADERS) + length(IDS) < 5_000_000);
    assert_eq!(chronicle.seen_at(Height(1)).unwrap(), None);
    assert!(chronicle.id_at(Height(1)).unwrap().is_some());
    assert!(chronicle.seen_at(chronicle.tip().0).unwrap().is_some());
    assert_eq!(chronicle.oldest().unwrap(), Height(1));
    drop(chronicle);
    // It opens again, and with hardly any room even ids go.
    let mut chronicle = Chronicle::open(folder.path(), 1).unwrap();
    grow(&mut chronicle, 7 * SEGMENT_BLOCKS);
    assert!(chronicle.oldest().unwrap() > Height(SEGMENT_BLOCKS));
    assert_eq!(chronicle.id_at(Height(1)).unwrap(), None);
    drop(chronicle);
    Chronicle::open(folder.path(), 1).unwrap();
}
