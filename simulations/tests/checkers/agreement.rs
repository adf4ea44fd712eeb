//! Forks, blocks out of order, certificates that prove nothing.

use std::sync::Arc;

use ledger_core::certificate::CommitCertificate;
use ledger_core::id::Height;
use timebank_node::replica::Committed;
use timebank_simulations::checker::agreement::Agreement;
use timebank_simulations::cluster::seen::Seen;

use super::{Stage, complains, is_silent_about_a_good_run};

#[test]
fn is_silent_about_good_runs() {
    is_silent_about_a_good_run(&mut Agreement::default(), Stage::new());
}

/// Retells what node 1 commits first.
fn alter(mut change: impl FnMut(&mut Committed)) -> impl FnMut(Seen) -> Vec<Seen> {
    move |mut seen| {
        if let Seen::Committed { node: 1, committed } = &mut seen {
            change(committed);
        }
        vec![seen]
    }
}

fn alter_certificate(
    mut change: impl FnMut(&mut CommitCertificate),
) -> impl FnMut(Seen) -> Vec<Seen> {
    alter(move |committed| change(Arc::make_mut(&mut committed.certificate)))
}

#[test]
fn notices_a_fork() {
    // Whoever commits second: the first has nobody to disagree with.
    let mut commits = 0;
    let fork = move |mut seen| {
        if let Seen::Committed { committed, .. } = &mut seen
            && committed.block.header.height == Height(1)
        {
            commits += 1;
            if commits == 2 {
                let block = Arc::make_mut(&mut committed.block);
                block.header.time_ms = block.header.time_ms.plus_ms(1);
            }
        }
        vec![seen]
    };
    complains(&mut Agreement::default(), Stage::new(), fork, "has block");
}

#[test]
fn notices_a_block_that_does_not_follow_the_one_before() {
    let all = |mut seen| {
        if let Seen::Committed { committed, .. } = &mut seen {
            Arc::make_mut(&mut committed.block).header.height = Height(2);
        }
        vec![seen]
    };
    complains(&mut Agreement::default(), Stage::new(), all, "on top of");
}

#[test]
fn notices_a_height_committed_twice() {
    let twice = |seen: Seen| match &seen {
        Seen::Committed { node: 1, .. } => vec![seen.clone(), seen],
        _ => vec![seen],
    };
    complains(
        &mut Agreement::default(),
        Stage::new(),
        twice,
        "after height",
    );
}

#[test]
fn notices_certificates_that_prove_nothing() {
    let check = |change: fn(&mut CommitCertificate), why| {
        complains(
            &mut Agreement::default(),
            Stage::new(),
            alter_certificate(change),
            why,
        );
    };
    check(|it| it.signatures.truncate(2), "no quorum");
    check(
        |it| {
            it.signatures.truncate(2);
            it.signatures.push(it.signatures[1]);
        },
        "signs twice",
    );
    check(|it| it.signatures[0].signature.0[3] ^= 1, "did not sign");
    check(|it| it.signatures[0].validator.0[3] ^= 1, "is no validator");
    check(|it| it.round += 1, "did not sign");
}
