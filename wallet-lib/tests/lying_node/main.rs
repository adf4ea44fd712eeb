//! A lying node is caught at every lie, the lie called what it is, with the evidence: alone, and among four of which three
//! are honest; then the answer is right besides.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail loudly, like the tests"
)]

mod lies;
mod memory;
mod stage;

use std::sync::Arc;

use lies::{Before, LIES, Question, Told};
use stage::{Node, Stage};
use timebank_wallet::client::OrderScope;
use timebank_wallet::nodes::{Found, Lie, LieKind};
use timebank_wallet::trial::account;
use timebank_wallet::verify::Trust;
use timebank_wallet::{Client, Error};

/// What the wallet gets to know, to be compared.
fn ask(stage: &Stage, client: &Client<Node<'_>>, question: Question) -> Result<String, Error> {
    let now = stage.now();
    Ok(match question {
        Question::Account => format!("{:?}", client.account(account("chen"), now)?),
        Question::History => format!("{:?}", client.history(account("chen"), now)?),
        Question::Orders => {
            let orders = client.orders_of(account("mother"), OrderScope::All, now)?;
            assert_eq!(orders.value.open.len(), 3);
            format!("{orders:?}")
        }
        Question::Transaction => format!("{:?}", client.transaction(stage.transaction)?),
    })
}

/// A wallet's trust after what it has read before.
fn trust(stage: &Stage, before: Before) -> Arc<Trust> {
    let trust = stage.trust();
    if before == Before::Account {
        let honest = Client::new(stage.honest("before"), Arc::clone(&trust));
        honest.account(account("chen"), stage.now()).unwrap();
    }
    trust
}

fn liar<'s>(stage: &'s Stage, told: &Told) -> Node<'s> {
    Node {
        name: "liar",
        stage,
        alter: Some(told.alter),
    }
}

/// The one lie kept, which must be the liar's, with what it said.
fn kept(client: &Client<Node<'_>>, told: &Told) -> Lie {
    let mut lies = client.lies().unwrap();
    assert_eq!(lies.len(), 1, "{}: {lies:?}", told.name);
    let lie = lies.remove(0);
    assert_eq!(
        (lie.node.as_str(), lie.kind),
        ("liar", told.kind),
        "{}",
        told.name
    );
    assert!(!lie.exchanges.is_empty() && lie.exchanges.iter().all(|it| it.length > 0));
    lie
}

#[test]
fn a_node_that_lies_alone_is_caught_at_every_lie() {
    let stage = Stage::new();
    println!("| lie | caught as | error |\n|---|---|---|");
    for told in LIES {
        let client = Client::new(liar(&stage, told), trust(&stage, told.before));
        let error = match ask(&stage, &client, told.question) {
            Ok(believed) => panic!("{}: believed {believed}", told.name),
            Err(error) => error,
        };
        assert_eq!(
            LieKind::of(&error),
            Some(told.kind),
            "{}: {error}",
            told.name
        );
        let lie = kept(&client, told);
        assert_eq!(lie.code, error.code());
        println!("| {} | {} | {} |", told.name, lie.kind.code(), lie.code);
    }
}

#[test]
fn among_four_the_answer_is_right_and_the_liar_is_named() {
    let stage = Stage::new();
    for told in LIES {
        let nodes = [
            liar(&stage, told),
            stage.honest("first"),
            stage.honest("second"),
            stage.honest("third"),
        ];
        let client = Client::among(nodes, trust(&stage, told.before));
        let answer = ask(&stage, &client, told.question);
        let truth = Client::new(stage.honest("truth"), stage.trust());
        assert_eq!(answer, ask(&stage, &truth, told.question), "{}", told.name);
        kept(&client, told);
        let standings = client.nodes().standings();
        assert_eq!(standings[0].lie, Some(told.kind), "{}", told.name);
        assert!(standings[1..].iter().all(|it| it.lie.is_none()));
        // From now on the honest ones are asked first.
        ask(&stage, &client, told.question).unwrap();
        assert_eq!(client.nodes().standings()[0].lies, 1, "{}", told.name);
    }
}

#[test]
fn what_an_honest_node_says_is_believed_whatever_is_asked() {
    let stage = Stage::new();
    for question in [
        Question::Account,
        Question::History,
        Question::Orders,
        Question::Transaction,
    ] {
        let client = Client::new(stage.honest("honest"), stage.trust());
        ask(&stage, &client, question).unwrap();
        assert_eq!(client.lies().unwrap(), []);
    }
}

#[test]
fn a_node_that_lags_and_says_so_is_no_liar() {
    let stage = Stage::new();
    let lagging = Node {
        name: "lagging",
        stage: &stage,
        alter: Some(|stage, path, answer| {
            let height = stage.old_account["height"].clone();
            if path.starts_with("/v1/accounts/") {
                answer.body = stage.old_account.clone();
            } else if path == "/v1/status" {
                answer.body["height"] = height;
            }
        }),
    };
    let trust = trust(&stage, Before::Account);
    let alone = Client::new(lagging.clone(), Arc::clone(&trust));
    let error = ask(&stage, &alone, Question::Account).unwrap_err();
    assert_eq!(error.code(), "went_back");
    assert_eq!(alone.lies().unwrap(), []);
    let seen = trust.seen();
    let client = Client::among([lagging, stage.honest("honest")], trust);
    ask(&stage, &client, Question::Account).unwrap();
    let standing = client.nodes().standings().remove(0);
    assert_eq!((standing.lie, standing.lagging.unwrap().seen), (None, seen));
    assert_eq!(client.lies().unwrap(), []);
}

#[test]
fn comparing_nodes_finds_a_fork_and_names_who_signed_both() {
    let stage = Stage::new();
    let fork = LIES
        .iter()
        .find(|it| it.name == "a fork signed by a quorum");
    let nodes = [
        stage.honest("first"),
        liar(&stage, fork.unwrap()),
        stage.honest("third"),
    ];
    let client = Client::among(nodes, stage.trust());
    let comparison = client.compare(stage.now()).unwrap();
    assert!(comparison.forked);
    assert_eq!(
        comparison.common,
        Some(client_height(&comparison.heads[0].found))
    );
    assert!(matches!(
        comparison.heads[1].found,
        Found::Lied {
            kind: LieKind::Fork,
            ..
        }
    ));
    assert!(matches!(
        comparison.heads[2].found,
        Found::Proven { behind: 0, .. }
    ));
    let lie = client.lies().unwrap().remove(0);
    assert_eq!(lie.details["double_signers"].as_array().unwrap().len(), 4);
    assert!(lie.exchanges[0].answer.contains("certificate"));
}

#[test]
fn comparing_nodes_finds_a_fork_below_the_newest_block() {
    let stage = Stage::new();
    let behind = Node {
        name: "behind",
        stage: &stage,
        // Its newest block is the old one: what it says of the supply then.
        alter: Some(|stage, path, answer| {
            if path.starts_with("/v1/supply") {
                answer.body = stage.old_supply.clone();
            }
        }),
    };
    let forking = Node {
        name: "forking",
        stage: &stage,
        alter: Some(|_, path, answer| {
            if path.starts_with("/v1/blocks/") {
                lies::other_block(answer, &stage::VALIDATORS[1..]);
            }
        }),
    };
    let client = Client::among([behind, forking, stage.honest("honest")], stage.trust());
    let comparison = client.compare(stage.now()).unwrap();
    assert!(comparison.forked);
    assert!(matches!(comparison.heads[0].found, Found::Proven { behind, .. } if behind > 0));
    assert!(matches!(
        comparison.heads[1].found,
        Found::Lied {
            kind: LieKind::Fork,
            ..
        }
    ));
    assert!(matches!(comparison.heads[2].found, Found::Proven { .. }));
}

fn client_height(found: &Found) -> ledger_core::id::Height {
    match found {
        Found::Proven { height, .. } => *height,
        other => panic!("{other:?}"),
    }
}
