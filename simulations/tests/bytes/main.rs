//! Every decoder under bad bytes: samples, and what a seed makes of them, with what each input makes it allocate.
//!
//! One test in a file of its own, because it measures the whole process. A failure prints the target, the seed and the
//! input in hex; `docs/fuzzing.md` says how to give that input to the target again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use peak_alloc::PeakAlloc;
use timebank_simulations::bytes::mutation::Mutator;
use timebank_simulations::bytes::{Outcome, TARGETS, Target};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// The seed of every target's inputs, unless `BAD_BYTES_SEED` names another.
const SEED: u64 = 1;
/// Inputs before anything is measured: what is built once, such as catalogues of messages, is no input's.
const FIRST_INPUTS: u64 = 40;
/// How much of an input is shown when it fails.
const SHOWN_BYTES_MAX: usize = 4_096;

/// What a target did so far.
#[derive(Default)]
struct Tally {
    inputs: u64,
    taken: u64,
    longest: usize,
    peak: usize,
    /// The greatest share of what was allowed for one input, in thousandths.
    share: usize,
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is no number: {text}"))
    })
}

fn shown(input: &[u8]) -> String {
    let shown = &input[..input.len().min(SHOWN_BYTES_MAX)];
    let hex: String = shown.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{} bytes: {hex}", input.len())
}

/// Gives one input, measures, and complains.
fn give(target: &Target, input: &[u8], tally: &mut Tally) -> Result<Outcome, String> {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    let peak = ALLOCATOR.peak_usage().saturating_sub(before);
    let name = target.name;
    let outcome = outcome.map_err(|_| format!("{name} panics for {}", shown(input)))?;
    let allowed = target.allowance.of(input.len());
    if peak > allowed {
        return Err(format!(
            "{name} allocates {peak} bytes at once, {allowed} are allowed, for {}",
            shown(input)
        ));
    }
    tally.inputs += 1;
    tally.taken += u64::from(outcome == Outcome::Taken);
    tally.longest = tally.longest.max(input.len());
    tally.peak = tally.peak.max(peak);
    tally.share = tally.share.max(peak * 1_000 / allowed);
    Ok(outcome)
}

/// Samples, which are taken, then bad inputs.
fn play(target: &Target, seed: u64, factor: u64) -> Result<Tally, String> {
    let mut tally = Tally::default();
    let samples = (target.samples)();
    assert!(!samples.is_empty(), "{} has no samples", target.name);
    let mut first = Mutator::new(seed ^ u64::MAX);
    for _ in 0..FIRST_INPUTS {
        let input = first.next(&samples, target.length_max);
        catch_unwind(|| (target.run)(&input))
            .map_err(|_| format!("{} panics for {}", target.name, shown(&input)))?;
    }
    for sample in &samples {
        if give(target, sample, &mut tally)? != Outcome::Taken {
            let name = target.name;
            return Err(format!("{name} refuses its sample of {}", shown(sample)));
        }
    }
    let mut mutator = Mutator::new(seed);
    for _ in 0..target.inputs * factor {
        let input = mutator.next(&samples, target.length_max);
        give(target, &input, &mut tally).map_err(|it| format!("seed {seed}: {it}"))?;
    }
    Ok(tally)
}

#[test]
fn no_decoder_panics_or_allocates_by_claim_whatever_the_bytes() {
    let seed = number("BAD_BYTES_SEED", SEED);
    let factor = number("BAD_BYTES_FACTOR", 1);
    let only = std::env::var("BAD_BYTES_TARGET").ok();
    // The measure itself works: a megabyte that is there is counted.
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    drop(std::hint::black_box(vec![1_u8; 1 << 20]));
    let counted = ALLOCATOR.peak_usage().saturating_sub(before);
    assert!(counted >= 1 << 20, "a megabyte counts as {counted} bytes");

    println!(
        "{:<18} {:>7} {:>7} {:>9} {:>11} {:>9} {:>7}",
        "target", "inputs", "taken", "longest", "peak bytes", "of bound", "ms"
    );
    let mut failures = Vec::new();
    for target in TARGETS {
        if only.as_ref().is_some_and(|only| only != target.name) {
            continue;
        }
        let begun = Instant::now();
        match play(target, seed, factor) {
            Ok(tally) => println!(
                "{:<18} {:>7} {:>7} {:>9} {:>11} {:>8}% {:>7}",
                target.name,
                tally.inputs,
                tally.taken,
                tally.longest,
                tally.peak,
                tally.share / 10,
                begun.elapsed().as_millis()
            ),
            Err(failure) => failures.push(failure),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
