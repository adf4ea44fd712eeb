//! An auditor who has the genesis document and the blocks comes to the chain's own figures, month by month; and notices
//! whoever hands in other blocks.

use super::city::{City, secret};
use super::founding::genesis;
use crate::audit::{Audit, AuditError};
use crate::block::Block;
use crate::certificate::{CommitCertificate, CommitSignature};
use crate::signature::Purpose;
use crate::time::Month;
use crate::validator::ValidatorAddress;

/// What `v1` to `v4` sign when they decide `block`.
fn certificate(block: &Block) -> CommitCertificate {
    let mut certificate = CommitCertificate {
        height: block.header.height,
        round: 0,
        block_id: block.id(),
        signatures: Vec::new(),
    };
    for name in ["v1", "v2", "v3", "v4"] {
        let key = secret(name);
        let validator = ValidatorAddress::of(&key.public_key());
        let vote = certificate.vote(block.header.chain_id, validator);
        let signature = key.sign(Purpose::Vote, &vote.signed_bytes());
        certificate.signatures.push(CommitSignature {
            validator,
            signature,
        });
    }
    certificate.signatures.sort_by_key(|it| it.validator);
    certificate
}

/// Audits every block of `city`, and compares every month that is over with the chain's record.
fn audit(city: &City) -> Audit {
    let mut audit = Audit::begin(&genesis()).expect("the genesis is in order");
    let first = audit.calendar().month(audit.time_ms());
    for block in &city.history {
        audit
            .follow(block, &certificate(block))
            .unwrap_or_else(|error| panic!("{error}"));
    }
    assert_eq!(audit.state().root(), city.state.root());
    let now = audit.calendar().month(audit.time_ms());
    for month in first.0..now.0 {
        let found = audit.month(Month(month)).expect("readable");
        let found = found.expect("the month is over");
        assert_eq!(found.recorded.as_ref(), Some(&found.recomputed));
        assert!(found.agreed_hash().is_some());
    }
    assert_eq!(audit.month(now).expect("readable"), None);
    audit
}

const PEOPLE: &str = "
    ana opens at gulou -> ok
    ben opens at xuanwu -> ok
    cai opens at jiangbei -> ok
    dai opens at gulou -> ok
    eva opens at xuanwu -> ok
    ana enrols in P01 -> ok
    ben enrols in P01 -> ok
    cai enrols in P01 -> ok
    budget alms opens for grant of 6000 in nanjing until +400 -> ok
    budget winter opens for service of 6000 in nanjing until +400 -> ok";

/// A→B 120, B→C 90, C→A 30, A→C 60, to the minute and from the blocks alone.
#[test]
fn an_auditor_gets_the_nets_of_three_districts_from_the_blocks_alone() {
    let mut city = City::new();
    city.play(PEOPLE);
    city.play(
        "alms grants 300 to ana,ben,cai of P01 -> ok
        ben serves 120 for ana in xuanwu -> settled
        cai serves 90 for ben in jiangbei -> settled
        dai serves 30 for cai in gulou -> settled
        eva serves 60 for ana in jiangbei -> settled
        31 days pass
        net of gulou in month -1 is -150
        net of xuanwu in month -1 is 30
        net of jiangbei in month -1 is 120",
    );
    let audit = audit(&city);
    let month = audit
        .month(city.month("-1"))
        .expect("readable")
        .expect("it is over");
    let nets: Vec<i64> = month
        .recomputed
        .districts
        .iter()
        .map(|district| district.net)
        .collect();
    // The city, Xuanwu, Gulou, Jiangbei, by their codes.
    assert_eq!(nets, [0, 30, -150, 120]);
}

/// Everything that moves minutes, over months in which some things happen, one in which nothing does, and a close that
/// comes late.
#[test]
fn an_auditor_comes_to_the_chains_figures_whatever_moved() {
    let mut city = City::new();
    city.play(PEOPLE);
    city.play(
        "gulou sets cap to 600 from +0 -> ok
        rice registers at jiangbei -> ok
        rice lists I01=45 by rice, treasurer@jiangbei -> ok
        ana links eva as sibling -> ok
        eva links ben as sibling -> ok
        budget chest opens for fund of 1000 in nanjing until +400 -> ok
        budget snow opens for campaign of 200 in nanjing until +400 -> ok
        budget school opens for training of 600 in nanjing until +400 -> ok
        pool xuanwu:reserve gets 100 from chest by treasurer@nanjing, treasurer2@nanjing -> ok
        pool gulou/1:grant gets 200 from chest by treasurer@nanjing, treasurer2@nanjing -> ok
        pool nanjing:donation gets 50 from chest by treasurer@nanjing, treasurer2@nanjing -> ok
        alms grants 500 to ana,ben of P01 -> ok
        alms grants 60 to cai of P01 until +20 -> ok
        alms grants 200 to ana of P01 -> ok
        ana has 600
        pool gulou:donation has 100
        gulou/1:grant gives 30 to ana of P01 -> ok
        ana redeems I01 for 45 at rice -> ok
        ana gives eva 45 -> ok
        eva donates 15 to jiangbei/1:donation -> ok
        dai serves 60 for ana in xuanwu as o1 -> settled
        eva serves 90 for ben in jiangbei as o2 budget winter -> settled
        cai serves 60 for ben in gulou as o3 service S02 budget winter -> settled
        3 hours pass
        training of dai,eva in gulou -90..-30 for 60 from school -> ok
        campaign of cai,dai,eva in xuanwu -20..-5 for 15 from snow -> ok
        40 days pass
        dai moves to jiangbei -> ok
        ben posts 60 in gulou as open -> ok
        ben moves to gulou -> ok
        31 days pass
        40 days pass
        cai closes for donation -> ok
        31 days pass",
    );
    city.check_supply();
    let audit = audit(&city);
    for ago in ["-4", "-3", "-2", "-1"] {
        let month = audit.month(city.month(ago)).expect("readable");
        let record = month.expect("it is over").recomputed;
        let nets: i64 = record.districts.iter().map(|it| it.net).sum();
        assert_eq!(nets, 0);
    }
}

/// A reversal counts back between the districts of the payment, in the month in which it happens.
#[test]
fn reversals_count_in_the_month_in_which_they_happen() {
    let mut city = City::new();
    city.play(PEOPLE);
    city.play(
        "budget chest opens for fund of 1000 in nanjing until +400 -> ok
        pool xuanwu:reserve gets 100 from chest by treasurer@nanjing, treasurer2@nanjing -> ok
        alms grants 300 to ana,ben of P01 -> ok
        dai serves 60 for ana in xuanwu as o1 -> settled
        eva serves 90 for ben in jiangbei as o2 budget winter service S02 -> settled
        ana moves to jiangbei -> ok
        31 days pass
        flow from gulou to xuanwu in month -1 is 60
        flow from xuanwu to jiangbei in month -1 is 135
        moves from gulou to jiangbei in month -1 are 240
        o1 is reversed -> ok
        o2 is reversed -> ok
        31 days pass
        flow from gulou to xuanwu in month -1 is 0
        flow back from gulou to xuanwu in month -1 is 60
        flow back from xuanwu to jiangbei in month -1 is 135
        net of gulou in month -1 is 60
        net of xuanwu in month -1 is 75
        net of jiangbei in month -1 is -135",
    );
    audit(&city);
}

#[test]
fn an_auditor_believes_no_block_but_the_chains() {
    let mut city = City::new();
    city.play("ana opens at gulou -> ok\n ben opens at gulou -> ok");
    let [first, second] = city.history.as_slice() else {
        panic!("two blocks");
    };
    let begin = || Audit::begin(&genesis()).expect("the genesis is in order");
    // A block that nobody decided.
    let undecided = CommitCertificate {
        signatures: Vec::new(),
        ..certificate(first)
    };
    let refused = begin().follow(first, &undecided);
    assert!(matches!(refused, Err(AuditError::Certificate { .. })));
    // A block out of turn, and one twice.
    let refused = begin().follow(second, &certificate(second));
    assert!(matches!(refused, Err(AuditError::Certificate { .. })));
    let mut audit = begin();
    audit
        .follow(first, &certificate(first))
        .expect("the chain's");
    let refused = audit.follow(first, &certificate(first));
    assert!(matches!(refused, Err(AuditError::Certificate { .. })));
    // One that a quorum decided though it is wrong: a transaction fewer than the header says.
    let mut altered = first.clone();
    altered.transactions = Vec::new();
    let refused = begin().follow(&altered, &certificate(&altered));
    assert!(matches!(refused, Err(AuditError::Execution { .. })));
    // One with another outcome than its own.
    let mut altered = first.clone();
    altered.header.state_root = second.header.state_root;
    let refused = begin().follow(&altered, &certificate(&altered));
    assert!(matches!(refused, Err(AuditError::Execution { .. })));
}
