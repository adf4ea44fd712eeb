//! What a witness makes of checkpoints: it signs those of what it has seen, and tells of those that contradict it.

use super::*;

fn checkpoint(city: &TrialCity, height: u64, keys: CheckpointKeys) -> CheckpointBody {
    let shown = Client::without_trust(city.clone())
        .block_unverified(Height(height))
        .unwrap();
    CheckpointBody {
        version: ledger_core::proof::CHECKPOINT_VERSION,
        chain_id: genesis().chain_id(),
        header: shown.block.header,
        set: set_of(&["one", "two", "three", "four"]),
        keys,
    }
}

#[test]
fn it_signs_checkpoints_of_what_it_has_seen_and_no_others() {
    let (city, other) = (TrialCity::new(), TrialCity::new());
    blocks(&city, 8);
    link(&other, "li");
    blocks(&other, 8);
    let mut scene = Scene::new();
    scene.round(&[Node::of(&city).watched("a")]);
    let auditor = key("auditor");
    let folder = scene.folder.path().join("checkpoints");
    std::fs::create_dir(&folder).unwrap();
    let signer = scene.witness().checkpoint_signer(&auditor).unwrap();
    assert_eq!(signer.staff, staff("auditor"));
    assert_eq!(scene.witness().checkpoint_signer(&key("clerk")), None);
    let cosigner = Cosigner {
        folder: folder.clone(),
        signer,
        key: &auditor,
        every_ms: None,
    };
    let keys = || CheckpointKeys::of_genesis(&genesis());
    let put = |name: &str, body: CheckpointBody| {
        let signature = body.sign(staff("admin"), &key("admin"));
        let text = serde_json::to_vec(&Checkpoint::new(body, [signature])).unwrap();
        std::fs::write(folder.join(name), text).unwrap();
    };
    let mut handed_over = keys();
    handed_over.administrators[0].key = key("stranger").public_key();
    let mut other_set = checkpoint(&city, 5, keys());
    other_set.set = set_of(&["one"]);
    put("right.tbcheckpoint", checkpoint(&city, 5, keys()));
    put("other-block.json", checkpoint(&other, 5, keys()));
    put("hand-over.json", checkpoint(&city, 5, handed_over));
    put("other-set.json", other_set);
    let mut ahead = checkpoint(&city, 9, keys());
    ahead.header.height = Height(10);
    put("ahead.json", ahead);
    std::fs::write(folder.join("words.json"), "{}").unwrap();
    let before = std::fs::read(folder.join("other-block.json")).unwrap();
    let mut told = Vec::new();
    let mut sign = |scene: &mut Scene, cosigner: &Cosigner<'_>| {
        let now_ms = scene.now_ms;
        let witness = scene.witness.as_mut().unwrap();
        witness
            .cosign(cosigner, now_ms, &mut |event| told.push(event.what.code()))
            .unwrap();
        std::mem::take(&mut told)
    };
    let mut codes = sign(&mut scene, &cosigner);
    codes.sort_unstable();
    assert_eq!(
        codes,
        [
            "cosigned",
            "not_cosigned",
            "not_cosigned",
            "not_cosigned",
            "not_cosigned",
            "not_cosigned"
        ]
    );
    let signed: Checkpoint =
        serde_json::from_slice(&std::fs::read(folder.join("right.tbcheckpoint")).unwrap()).unwrap();
    assert_eq!(keys().check(genesis().chain_id(), &signed), Ok(()));
    assert_eq!(
        std::fs::read(folder.join("other-block.json")).unwrap(),
        before
    );
    assert_eq!(sign(&mut scene, &cosigner), [""; 0]);
    // At an interval.
    let hourly = Cosigner {
        every_ms: Some(HOUR_MS),
        ..cosigner
    };
    assert_eq!(sign(&mut scene, &hourly), ["cosigned"]);
    assert_eq!(sign(&mut scene, &hourly), [""; 0]);
    city.pass_a_block();
    std::fs::remove_file(folder.join("ahead.json")).unwrap();
    scene.now_ms = scene.now_ms.plus_ms(HOUR_MS);
    scene.round(&[Node::of(&city).watched("a")]);
    assert_eq!(sign(&mut scene, &hourly), ["cosigned"]);
    let made = folder.join(format!("checkpoint-{:020}.json", 10));
    let made: Checkpoint = serde_json::from_slice(&std::fs::read(made).unwrap()).unwrap();
    let admin = made.body.sign(staff("admin"), &key("admin"));
    let whole = Checkpoint::new(made.body, made.signatures.into_iter().chain([admin]));
    assert_eq!(keys().check(genesis().chain_id(), &whole), Ok(()));
}

#[test]
fn a_checkpoint_of_another_block_signed_by_the_city_is_an_alarm_and_an_unsigned_one_is_nothing() {
    let (city, other) = (TrialCity::new(), TrialCity::new());
    blocks(&city, 5);
    link(&other, "li");
    blocks(&other, 5);
    let keys = CheckpointKeys::of_genesis(&genesis());
    let body = checkpoint(&other, 4, keys);
    let node = Node::of(&city);
    let serve = |signers: &'static [&'static str]| {
        let signatures: Vec<_> = signers
            .iter()
            .map(|name| body.sign(staff(name), &key(name)))
            .collect();
        let shown = Checkpoint::new(body.clone(), signatures);
        node.alter(move |path, status, answer| {
            if path == "/v1/checkpoint" {
                *status = 200;
                *answer = json!({"checkpoints": [shown]}).to_string().into_bytes();
            }
        });
    };
    let mut scene = Scene::new();
    serve(&["admin"]);
    assert_eq!(scene.round(&[node.watched("a")]), []);
    serve(&["admin", "auditor"]);
    let told = scene.round(&[node.watched("a")]);
    let [What::CheckpointContradicts { height, case, .. }] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert_eq!(*height, Height(4));
    let case: Case = serde_json::from_slice(&std::fs::read(case).unwrap()).unwrap();
    assert!(case.checkpoint.is_some() && case.ours_proven.is_some());
}
