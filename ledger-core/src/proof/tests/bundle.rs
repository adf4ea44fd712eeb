//! Tests of bundles: what they prove, and that each broken link is named for what it is and where it is.

use super::chain::{ACCOUNT, Chain, NOBODY, on_day, other_keys, staff};
use super::*;
use crate::certificate::CertificateError;
use crate::receipt::Owner;

/// A bundle of everything that can be claimed of one block, by the genesis document's set.
pub(super) fn everything(chain: &Chain) -> ProofBundle {
    let claims = vec![
        chain.history(&[1, 3]),
        chain.receipt(4),
        chain.receipt(0),
        chain.transaction(1),
        chain.absence(),
        chain.record(),
    ];
    let block = chain.block(chain.header(7, 0, 0), 0, claims);
    chain.bundle(Vec::new(), Vec::new(), vec![block])
}

/// A bundle of a record after two changes of the set, and of one before them.
pub(super) fn after_changes(chain: &Chain) -> ProofBundle {
    let changes = vec![chain.change(5, 0, 0), chain.change(9, 1, 5)];
    let before = chain.block(chain.header(8, 1, 5), 1, vec![chain.absence()]);
    let after = chain.block(chain.header(12, 2, 9), 2, vec![chain.record()]);
    chain.bundle(Vec::new(), changes, vec![after, before])
}

/// A bundle of a record against a block of day 62, over a hand-over, a checkpoint and a change.
pub(super) fn over_checkpoints(chain: &Chain) -> ProofBundle {
    let hand_over = chain.checkpoint(chain.header(50, 1, 40), 1, other_keys(), &[1, 2, 4]);
    let newest = chain.checkpoint(chain.header(60, 1, 40), 1, other_keys(), &[2, 4, 6]);
    let block = chain.block(chain.header(62, 2, 61), 2, vec![chain.record()]);
    let changes = vec![chain.change(61, 1, 40)];
    chain.bundle(vec![hand_over, newest], changes, vec![block])
}

#[test]
fn says_what_is_true_of_a_block() {
    let chain = Chain::new();
    let bundle = everything(&chain);
    let file = bundle.to_file();
    assert_eq!(ProofBundle::from_file(&file), Ok(bundle.clone()));
    let verified = ProofBundle::verify_file(&file, &chain.trust(), on_day(7)).unwrap();
    let newest = verified.newest();
    assert_eq!(
        (newest.height, newest.block_id),
        (Height(7), bundle.blocks[0].header.id())
    );
    assert_eq!(verified.trust.head().height, Height(7), "the head goes on");
    let facts: Vec<&Fact> = verified.facts().collect();
    assert_eq!(facts.len(), 7);
    let Fact::Account { account, record } = facts[0] else {
        panic!("{:?}", facts[0]);
    };
    assert_eq!(
        (*account, record.as_ref().unwrap().history.length),
        (ACCOUNT, 4)
    );
    let nobody = Fact::Account {
        account: NOBODY,
        record: None,
    };
    assert_eq!(*facts[1], nobody);
    let Fact::Transaction { id, .. } = facts[2] else {
        panic!("{:?}", facts[2]);
    };
    assert_eq!(*id, chain.envelopes[1].transaction.id());
    assert_eq!(*facts[3], Fact::Receipt(chain.receipts[0].clone()));
    for (fact, position) in facts[5..].iter().zip([1u64, 3]) {
        let index = usize::try_from(position).unwrap();
        let expected = Fact::Posting {
            owner: Owner::Account(ACCOUNT),
            position,
            posting: Box::new(chain.postings[index].clone()),
        };
        assert_eq!(**fact, expected);
    }
    let json = serde_json::to_string(&bundle).unwrap();
    assert_eq!(serde_json::from_str::<ProofBundle>(&json).unwrap(), bundle);
}

#[test]
fn leads_over_changes_of_the_set_from_wherever_the_checker_stands() {
    let chain = Chain::new();
    let bundle = after_changes(&chain);
    let verified = bundle.verify(&chain.trust(), on_day(12)).unwrap();
    assert_eq!(verified.trust.set_since(), Height(9));
    assert_eq!(verified.trust.head().height, Height(12));
    let heights: Vec<_> = verified.blocks.iter().map(|block| block.height.0).collect();
    assert_eq!(heights, [8, 12]);
    // Somewhere on the way, and beyond.
    let mut on_the_way = chain.trust();
    on_the_way.follow(&bundle.changes[0], on_day(12)).unwrap();
    let known = on_the_way.clone();
    assert_eq!(
        bundle.verify(&known, on_day(12)).unwrap().trust,
        verified.trust
    );
    assert!(bundle.verify(&verified.trust, on_day(12)).is_ok());
    // A checker that stands elsewhere than the bundle leads.
    let mut elsewhere = chain.trust();
    let mut other = chain.change(5, 0, 0);
    other.header.state_root = Hash([7; 32]);
    other.certificate = certify(&other.header, &chain.sets[0]);
    elsewhere.follow(&other, on_day(12)).unwrap();
    assert!(
        bundle.verify(&elsewhere, on_day(12)).is_ok(),
        "the same sets"
    );
    let mut foreign = chain.change(4, 0, 0);
    foreign.header.time_ms = TimestampMs(1);
    foreign.certificate = certify(&foreign.header, &chain.sets[0]);
    let mut elsewhere = chain.trust();
    elsewhere.follow(&foreign, on_day(12)).unwrap();
    let refused = bundle.verify(&elsewhere, on_day(12)).unwrap_err();
    assert_eq!(refused.part().0, Some(BundlePart::SetChange(1)));
}

#[test]
fn a_checker_who_slept_too_long_needs_the_checkpoints() {
    let chain = Chain::new();
    let bundle = over_checkpoints(&chain);
    let verified = bundle.verify(&chain.trust(), on_day(62)).unwrap();
    assert_eq!(verified.trust.checkpoint_height(), Height(60));
    let mut without = bundle.clone();
    without.checkpoints.clear();
    without.changes.insert(0, chain.change(40, 0, 0));
    assert_eq!(
        without.verify(&chain.trust(), on_day(62)),
        Err(ProofError::TrustExpired {
            height: Height(0),
            time_ms: TimestampMs(0),
            overdue_ms: 32 * crate::time::DAY_MS,
        }
        .within(BundlePart::SetChange(1)))
    );
    // A checkpoint too old helps nobody; who proved something since needs none.
    let refused = bundle.verify(&chain.trust(), on_day(91)).unwrap_err();
    assert_eq!(refused.code(), "proof_trust_expired");
    assert!(bundle.verify(&verified.trust, on_day(91)).is_ok());
    assert!(bundle.verify(&verified.trust, on_day(93)).is_err());
}

#[test]
fn a_block_of_retired_validators_proves_nothing() {
    let chain = Chain::new();
    let changes = vec![chain.change(5, 0, 0)];
    let above = chain.block(chain.header(6, 0, 0), 0, vec![chain.absence()]);
    let newest = chain.block(chain.header(8, 1, 5), 1, vec![chain.record()]);
    let bundle = chain.bundle(Vec::new(), changes, vec![above, newest]);
    assert_eq!(
        bundle.verify(&chain.trust(), on_day(8)),
        Err(ProofError::RetiredSet {
            height: Height(6),
            retired_at: Height(5)
        }
        .within(BundlePart::Block(1)))
    );
    // The checker knows of the change, whatever the bundle leaves out.
    let mut trust = chain.trust();
    trust.follow(&chain.change(5, 0, 0), on_day(8)).unwrap();
    let old_keys = chain.block(chain.header(7, 0, 0), 0, vec![chain.record()]);
    let bundle = chain.bundle(Vec::new(), Vec::new(), vec![old_keys]);
    assert!(bundle.verify(&chain.trust(), on_day(8)).is_ok());
    let refused = bundle.verify(&trust, on_day(8)).unwrap_err();
    assert_eq!(refused.code(), "proof_retired_set");
}

#[test]
fn refuses_files_that_are_none_damaged_or_of_another_version() {
    let chain = Chain::new();
    let file = everything(&chain).to_file();
    let code = |file: &[u8]| ProofBundle::from_file(file).unwrap_err().code();
    assert_eq!(code(&[]), "proof_not_a_bundle");
    assert_eq!(code(&file[1..]), "proof_not_a_bundle");
    assert_eq!(code(&file[..file.len() - 1]), "proof_damaged");
    assert_eq!(code(&[file.as_slice(), &[0]].concat()), "proof_damaged");
    let mut newer = everything(&chain);
    newer.version = 2;
    assert_eq!(code(&newer.to_file()), "proof_version");
    let of_another = newer.verify(&chain.trust(), on_day(7)).unwrap_err();
    assert_eq!(of_another.code(), "proof_version");
    assert_eq!(code(&vec![0; BUNDLE_BYTES_MAX + 1]), "proof_malformed");
    let mut foreign = everything(&chain);
    foreign.chain_id = CHAIN;
    let foreign = foreign.verify(&chain.trust(), on_day(7)).unwrap_err();
    assert_eq!(foreign.code(), "proof_other_genesis");
}

/// The code and the part of the first broken link after a change.
fn broken(
    bundle: &ProofBundle,
    chain: &Chain,
    day: u64,
    change: impl FnOnce(&mut ProofBundle),
) -> (&'static str, Option<BundlePart>) {
    let mut bundle = bundle.clone();
    assert!(bundle.verify(&chain.trust(), on_day(day)).is_ok());
    change(&mut bundle);
    let error = bundle.verify(&chain.trust(), on_day(day)).unwrap_err();
    (error.code(), error.part().0)
}

#[test]
fn every_broken_claim_is_named() {
    let chain = Chain::new();
    let bundle = everything(&chain);
    let broken = |claim: usize, code: &str, change: fn(&mut BlockClaim)| {
        let (found, part) = broken(&bundle, &chain, 7, |it| {
            change(&mut it.blocks[0].claims[claim])
        });
        assert_eq!(found, code);
        assert_eq!(part, Some(BundlePart::Claim(1, claim + 1)));
    };
    broken(0, "proof_tree", |claim| match claim {
        BlockClaim::Record { value, .. } => value[3] ^= 1,
        other => panic!("{other:?}"),
    });
    broken(1, "proof_key_hash", |claim| match claim {
        BlockClaim::Absence { key, .. } => key[3] ^= 1,
        other => panic!("{other:?}"),
    });
    broken(2, "proof_list_path", |claim| match claim {
        BlockClaim::Transaction { envelope, .. } => envelope.transaction.nonce[0] ^= 1,
        other => panic!("{other:?}"),
    });
    broken(4, "proof_list_path", |claim| match claim {
        BlockClaim::Receipt { path, .. } => path.0.clear(),
        other => panic!("{other:?}"),
    });
    broken(5, "proof_history", |claim| match claim {
        BlockClaim::Postings { before, .. } => before.length = 2,
        other => panic!("{other:?}"),
    });
    broken(5, "proof_history", |claim| match claim {
        BlockClaim::Postings { links, .. } => drop(links.pop()),
        other => panic!("{other:?}"),
    });
    broken(5, "proof_history", |claim| match claim {
        BlockClaim::Postings { links, .. } => links.swap(0, 2),
        other => panic!("{other:?}"),
    });
    broken(5, "proof_unneeded", |claim| match claim {
        BlockClaim::Postings { links, .. } => drop(links.remove(0)),
        other => panic!("{other:?}"),
    });
    broken(5, "proof_history_of_another", |claim| match claim {
        BlockClaim::Postings { links, .. } => {
            if let HistoryLink::Shown(posting) = &mut links[0] {
                posting.owner = Owner::Account(NOBODY);
            }
        }
        other => panic!("{other:?}"),
    });
}

#[test]
fn every_other_broken_link_is_named() {
    let chain = Chain::new();
    let bundle = after_changes(&chain);
    let refused = |code: &str, part: Option<BundlePart>, change: fn(&mut ProofBundle)| {
        assert_eq!(broken(&bundle, &chain, 12, change), (code, part));
    };
    refused("proof_order", None, |it| it.changes.swap(0, 1));
    refused("proof_order", None, |it| it.blocks.swap(0, 1));
    refused("proof_order", None, |it| {
        it.blocks[1] = it.blocks[0].clone()
    });
    refused("proof_count", None, |it| it.blocks.clear());
    refused("proof_count", None, |it| it.blocks[0].claims.clear());
    refused("proof_unneeded", None, |it| drop(it.blocks.pop()));
    refused(
        "proof_set_not_followed",
        Some(BundlePart::SetChange(1)),
        |it| drop(it.changes.remove(0)),
    );
    refused(
        "proof_other_next_set",
        Some(BundlePart::SetChange(2)),
        |it| it.changes[1].next = it.changes[0].next.clone(),
    );
    let second = Some(BundlePart::Block(2));
    refused("proof_certificate_repeated_signer", second, |it| {
        let signatures = &mut it.blocks[1].certificate.signatures;
        signatures[1] = signatures[0];
    });
    refused("proof_certificate_too_few", second, |it| {
        it.blocks[1].certificate.signatures.pop();
    });
    refused("proof_certificate_foreign_signer", second, |it| {
        it.blocks[1].certificate.signatures[0].validator.0 = [0; 20];
    });
    refused("proof_certificate_forged", second, |it| {
        it.blocks[1].certificate.signatures[0].signature.0[3] ^= 1;
    });
    refused("proof_certificate_other_block", second, |it| {
        it.blocks[1].header.time_ms = TimestampMs(1);
    });
    let bundle = over_checkpoints(&chain);
    let refused = |code: &str, part: Option<BundlePart>, change: fn(&mut ProofBundle)| {
        assert_eq!(broken(&bundle, &chain, 62, change), (code, part));
    };
    refused(
        "proof_checkpoint_forged",
        Some(BundlePart::Checkpoint(2)),
        |it| {
            it.checkpoints[1].signatures[0].signature.0[0] ^= 1;
        },
    );
    refused(
        "proof_checkpoint_foreign_signer",
        Some(BundlePart::Checkpoint(1)),
        |it| drop(it.checkpoints.remove(0)),
    );
    refused("proof_unneeded", None, |it| {
        let last = it.checkpoints[1].clone();
        it.checkpoints.push(last);
    });
}

#[test]
fn postings_need_their_owners_record_beside_them() {
    let chain = Chain::new();
    let block = chain.block(chain.header(7, 0, 0), 0, vec![chain.history(&[2])]);
    let bundle = chain.bundle(Vec::new(), Vec::new(), vec![block]);
    let refused = bundle.verify(&chain.trust(), on_day(7));
    assert_eq!(refused.unwrap_err().code(), "proof_history_without_record");
    // Two claims about one history.
    let claims = vec![chain.record(), chain.history(&[2]), chain.history(&[3])];
    let block = chain.block(chain.header(7, 0, 0), 0, claims);
    let bundle = chain.bundle(Vec::new(), Vec::new(), vec![block]);
    let refused = bundle.verify(&chain.trust(), on_day(7));
    assert_eq!(refused.unwrap_err().code(), "proof_order");
}

#[test]
fn is_put_into_its_one_form() {
    let chain = Chain::new();
    let header = chain.header(7, 0, 0);
    let one = chain.block(header.clone(), 0, vec![chain.record(), chain.absence()]);
    let other = chain.block(header, 0, vec![chain.absence()]);
    let unneeded = vec![chain.change(9, 0, 0)];
    let bundle = chain.bundle(Vec::new(), unneeded, vec![one, other]);
    assert!(bundle.changes.is_empty());
    assert_eq!(bundle.blocks.len(), 1);
    assert_eq!(bundle.blocks[0].claims, [chain.record(), chain.absence()]);
    assert!(bundle.verify(&chain.trust(), on_day(7)).is_ok());
    let proof = RecordProof {
        key: StateKey::Account(NOBODY).to_bytes(),
        value: None,
        tree_proof: prove(&chain.state, &StateKey::Account(NOBODY).to_bytes()).unwrap(),
        header: bundle.blocks[0].header.clone(),
        certificate: bundle.blocks[0].certificate.clone(),
    };
    assert_eq!(BlockProof::from(proof).claims, [chain.absence()]);
}

#[test]
fn a_path_leads_from_every_leaf_to_the_root_and_turned_around_to_none() {
    for length in 1..40usize {
        let leaves: Vec<Hash> = (0..length)
            .map(|index| Hash([u8::try_from(index).unwrap(); 32]))
            .collect();
        let root = crate::block::list::root(&leaves);
        for index in 0..length {
            let path = ListPath::of(&leaves, index).unwrap();
            assert_eq!(path.root(leaves[index]), Some(root));
            for step in 0..path.0.len() {
                let mut turned = path.clone();
                turned.0[step] = match turned.0[step] {
                    ListStep::Left(sibling) => ListStep::Right(sibling),
                    ListStep::Right(sibling) => ListStep::Left(sibling),
                };
                assert_ne!(turned.root(leaves[index]), Some(root));
            }
        }
        assert_eq!(ListPath::of(&leaves, length), None);
    }
    // Even where two neighbours are the same.
    let twins = [Hash([7; 32]); 2];
    let root = crate::block::list::root(&twins);
    let path = ListPath::of(&twins, 0).unwrap();
    assert_eq!(path.root(twins[0]), Some(root));
    assert_eq!(ListPath::of(&twins, 1).unwrap().root(twins[1]), None);
    let endless = ListPath(vec![ListStep::Right(root); 65]);
    assert_eq!(endless.root(root), None);
}

#[test]
fn the_checkpoint_of_another_signer_is_named_by_its_error() {
    let error = ProofError::from(CheckpointError::Signature { staff: staff(1) });
    assert_eq!(error.code(), "proof_checkpoint_forged");
    let forged = ProofError::Certificate {
        height: Height(1),
        reason: CertificateError::Signature,
    };
    let within = forged.clone().within(BundlePart::Block(3));
    assert_eq!(within.code(), "proof_certificate_forged");
    assert_eq!(within.part(), (Some(BundlePart::Block(3)), &forged));
    assert!(within.to_string().starts_with("block 3: "));
}
