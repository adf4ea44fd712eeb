//! Draws a plan from its seed.

use timebank_node::storage::DiskFile;

use super::fault::{Fault, SKEW_WITHIN_MS_MAX, Scheduled};
use super::{HEIGHTS_MIN, Load, Menu, Plan, TRANSACTIONS_MIN};
use crate::byzantine::BehaviourKind;
use crate::counters::FaultKind;
use crate::random::Random;

/// How many faults a plan has at most, Byzantine nodes besides.
const FAULTS_MAX: u64 = 14;
/// The same at least.
const FAULTS_MIN: u64 = 5;
/// How long things go wrong, in virtual milliseconds.
const FAULTS_MS: std::ops::Range<u64> = 40_000..80_000;
/// The same in a short run.
const FAULTS_SHORT_MS: std::ops::Range<u64> = 8_000..16_000;
/// What a short run must reach: heights and applied transactions.
const SHORT_MIN: (u64, u64) = (15, 60);
/// How long a flood goes on after the faults, in virtual milliseconds.
const FLOOD_AFTER_MS: u64 = 10_000;
/// How fast a clock drifts at most, in millionths.
const DRIFT_PPM_MAX: u64 = 500;
/// How many nodes, and how often of a hundred.
const SIZES: [(u64, usize); 7] = [
    (50, 4),
    (18, 7),
    (12, 5),
    (10, 10),
    (6, 13),
    (3, 16),
    (1, 22),
];

pub(super) fn draw(seed: u64, menu: &Menu) -> Plan {
    // Neighbouring seeds must not give related plans.
    let mut random = Random::new(Random::new(seed).next() ^ 0x0050_4c41_4e00);
    let nodes = menu.nodes.unwrap_or_else(|| size(&mut random));
    let (faults_ms, (heights_min, transactions_min)) = if menu.short {
        (FAULTS_SHORT_MS, SHORT_MIN)
    } else {
        (FAULTS_MS, (HEIGHTS_MIN, TRANSACTIONS_MIN))
    };
    let faults_ms = faults_ms.start + random.below(faults_ms.end - faults_ms.start);
    let mut plan = Plan {
        seed,
        nodes,
        latency_us: latency(&mut random),
        faults_ms,
        load: menu.load.unwrap_or_else(|| load(&mut random)),
        burst: 6 + random.index(8),
        pause_ms: 300 + random.below(300),
        // Small ones are full now and then.
        mempool_max: random.happens(500).then(|| 40 + random.index(360)),
        heights_min,
        transactions_min,
        faults: Vec::new(),
    };
    corrupt(&mut plan, menu, &mut random);
    let wanted = if menu.only {
        0
    } else {
        FAULTS_MIN + random.below(FAULTS_MAX - FAULTS_MIN + 1)
    };
    let further: Vec<FaultKind> = (0..wanted)
        .map(|_| DRAWN[random.index(DRAWN.len())])
        .collect();
    for kind in menu.kinds.iter().chain(&further) {
        if *kind != FaultKind::Byzantine {
            add(&mut plan, *kind, &mut random);
        }
    }
    plan
}

/// The kinds that are drawn by chance. Byzantine nodes are drawn apart.
const DRAWN: &[FaultKind] = &[
    FaultKind::Loss,
    FaultKind::Duplicate,
    FaultKind::Reorder,
    FaultKind::Delay,
    FaultKind::Halves,
    FaultKind::Ring,
    FaultKind::Bridge,
    FaultKind::OneWay,
    FaultKind::IsolatedProposer,
    FaultKind::Flapping,
    FaultKind::DiskError,
    FaultKind::FullDisk,
    FaultKind::CrashAtWrite,
    FaultKind::CrashInRecovery,
    FaultKind::SkewWithin,
    FaultKind::SkewBeyond,
    FaultKind::Crash,
    FaultKind::Crash,
    FaultKind::CrashAll,
    FaultKind::Pause,
    FaultKind::LostWrite,
    FaultKind::MisdirectedWrite,
    FaultKind::Rot,
    FaultKind::OldBackup,
    FaultKind::TwinKey,
    FaultKind::Retry,
    FaultKind::Flood,
    FaultKind::MalformedSubmission,
    FaultKind::MalformedMessage,
];

fn size(random: &mut Random) -> usize {
    let mut left = random.below(100);
    for (share, nodes) in SIZES {
        if left < share {
            return nodes;
        }
        left -= share;
    }
    SIZES[0].1
}

/// The clocks matter only where time is not ahead of them.
fn load(random: &mut Random) -> Load {
    if random.happens(200) {
        Load::Openings
    } else {
        Load::Town
    }
}

/// Offices of one city, or links as bad as between cities.
fn latency(random: &mut Random) -> std::ops::Range<u64> {
    match random.below(4) {
        0 => 5_000..40_000,
        1 => 1_000..10_000,
        _ => 200..2_000,
    }
}

/// Byzantine nodes, so many that a twin may still be drawn now and then.
fn corrupt(plan: &mut Plan, menu: &Menu, random: &mut Random) {
    let faulty_max = plan.faulty_max();
    let drawn = if menu.only {
        0
    } else {
        // Half of the runs leave room for others who lie or are silent.
        random.index(faulty_max + 1)
    };
    let wanted = menu.behaviours.len().max(drawn).min(faulty_max);
    let mut free: Vec<usize> = (0..plan.nodes).collect();
    for index in 0..wanted {
        let node = free.swap_remove(random.index(free.len()));
        let by_chance = behaviour(plan.seed, random);
        let behaviour = menu.behaviours.get(index).copied().unwrap_or(by_chance);
        push(plan, 0, u64::MAX, Fault::Corrupt { node, behaviour });
    }
    let behaviours = plan.behaviours();
    if WITH_LAGGARDS.iter().any(|kind| behaviours.contains(kind)) {
        for _ in 0..LAGGARDS {
            add(plan, FaultKind::Crash, random);
        }
    }
}

/// A behaviour by chance. What is listed in [`IN_PLACE_OF`] is drawn by odd seeds in the place of another one, and not among all:
/// else every seed would draw other liars than before, and those in `docs/bugs-found.md` would no longer show what they found.
fn behaviour(seed: u64, random: &mut Random) -> BehaviourKind {
    let in_place_of = |kind: &BehaviourKind| IN_PLACE_OF.iter().find(|(_, later)| later == kind);
    let all = BehaviourKind::ALL.iter().copied();
    let kinds: Vec<BehaviourKind> = all.filter(|kind| in_place_of(kind).is_none()).collect();
    let drawn = kinds[random.index(kinds.len())];
    let later = IN_PLACE_OF.iter().find(|(earlier, _)| *earlier == drawn);
    match later {
        Some((_, later)) if !seed.is_multiple_of(2) => *later,
        _ => drawn,
    }
}

/// Behaviours, and those that are drawn in their place.
const IN_PLACE_OF: &[(BehaviourKind, BehaviourKind)] =
    &[(BehaviourKind::ForeignBodies, BehaviourKind::RepeatedBodies)];

/// Behaviours that matter most while somebody catches up: honest nodes crash where they are drawn.
const WITH_LAGGARDS: &[BehaviourKind] = &[
    BehaviourKind::PoisonedBlocks,
    BehaviourKind::RepeatedSigners,
    BehaviourKind::SyncLies,
    BehaviourKind::WithholdBodies,
];
/// How often.
const LAGGARDS: usize = 2;

fn push(plan: &mut Plan, at_ms: u64, lasts_ms: u64, fault: Fault) {
    let number = plan.faults.len();
    plan.faults.push(Scheduled {
        number,
        at_ms,
        lasts_ms,
        fault,
    });
}

fn add(plan: &mut Plan, kind: FaultKind, random: &mut Random) {
    let mut at_ms = 1_000 + random.below(plan.faults_ms * 3 / 4);
    let mut lasts_ms = 1_000 + random.below(plan.faults_ms / 6);
    if kind == FaultKind::Flood {
        // It goes on for a while after everything is healed, when nothing may keep the others out.
        at_ms = plan.faults_ms - random.below(plan.faults_ms / 4);
        lasts_ms = plan.faults_ms - at_ms + FLOOD_AFTER_MS;
    }
    let suspects = plan.suspects();
    let unreliable = plan.unreliable();
    let honest: Vec<usize> = (0..plan.nodes)
        .filter(|node| !suspects.contains(node))
        .collect();
    let node = honest[random.index(honest.len())];
    let choice = random.next();
    let fault = match kind {
        FaultKind::Loss | FaultKind::Duplicate | FaultKind::Reorder | FaultKind::Delay => {
            let per_mille = 20 + random.below(200);
            Fault::Messages { kind, per_mille }
        }
        FaultKind::Halves
        | FaultKind::Ring
        | FaultKind::Bridge
        | FaultKind::OneWay
        | FaultKind::IsolatedProposer
        | FaultKind::Flapping => Fault::Partition {
            kind,
            shuffle: choice,
        },
        FaultKind::DiskError | FaultKind::FullDisk => Fault::Disk { node, kind, choice },
        FaultKind::LostWrite | FaultKind::MisdirectedWrite => {
            // The state is built anew at once; the others only while another may be silent or lie.
            let files = if unreliable < plan.faulty_max() { 6 } else { 2 };
            let file = match random.below(files) {
                0 => DiskFile::State,
                1 => DiskFile::StateLog,
                2 => DiskFile::Blocks,
                3 => DiskFile::Wal,
                4 => DiskFile::LastSigned,
                _ => DiskFile::Journal,
            };
            // The state is written now and then only, its log once each time.
            let nth = match file {
                DiskFile::StateLog => 0,
                DiskFile::State => random.below(4),
                _ => random.below(20),
            };
            Fault::Astray {
                node,
                kind,
                file,
                nth,
            }
        }
        FaultKind::Rot => Fault::Rot { node, choice },
        FaultKind::CrashAtWrite | FaultKind::TornWrite => Fault::CrashAtWrite {
            node,
            operations: random.below(120),
        },
        FaultKind::CrashInRecovery => Fault::CrashInRecovery {
            node,
            depth: 1 + random.below(3),
            operations: random.below(12),
        },
        FaultKind::SkewWithin => Fault::Skew {
            node,
            ahead_ms: signed(random, 1..SKEW_WITHIN_MS_MAX),
            // A good clock of a computer is off by some tens; one drifts less than a second in a run.
            drift_ppm: signed(random, 1..DRIFT_PPM_MAX),
        },
        FaultKind::SkewBeyond => Fault::Skew {
            node,
            ahead_ms: signed(random, 40_000..4_000_000),
            drift_ppm: signed(random, 1..DRIFT_PPM_MAX),
        },
        FaultKind::Crash | FaultKind::LogReplay => Fault::Crash { node },
        FaultKind::CrashAll => Fault::CrashAll,
        FaultKind::LostLog if unreliable < plan.faulty_max() => Fault::LostLog { node },
        FaultKind::LostLog => Fault::CrashAll,
        // Without the one that misses them the others must make blocks.
        FaultKind::MissedEnd if unreliable < plan.faulty_max() => Fault::MissedEnd,
        FaultKind::MissedEnd => return,
        FaultKind::LostTransactions => Fault::LostTransactions,
        // A town's books know nothing of validators, and without the one left out nobody else may be missing.
        FaultKind::SetChange if plan.load == Load::Town || unreliable > 0 => return,
        FaultKind::Pause => Fault::Pause { node },
        FaultKind::OldBackup if unreliable < plan.faulty_max() => Fault::OldBackup { node },
        FaultKind::TwinKey if unreliable < plan.faulty_max() => Fault::TwinKey { node },
        // Others who lie or are silent use up what may.
        FaultKind::OldBackup | FaultKind::TwinKey => Fault::Crash { node },
        FaultKind::Retry
        | FaultKind::Flood
        | FaultKind::MalformedSubmission
        | FaultKind::MalformedMessage
        | FaultKind::SetChange => Fault::Client { kind, node },
        FaultKind::Byzantine => return,
    };
    push(plan, at_ms, lasts_ms, fault);
}

fn signed(random: &mut Random, range: std::ops::Range<u64>) -> i64 {
    let size = range.start + random.below(range.end - range.start);
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    if random.happens(500) { size } else { -size }
}
