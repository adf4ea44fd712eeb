//! The state as it lies in the tree.

use borsh::BorshDeserialize;
use ledger_core::id::Height;
use ledger_core::state::tree::{self, Node, NodePath, Side};

use super::*;

async fn bytes_of<T: BorshDeserialize + borsh::BorshSerialize>(api: &Api, path: String) -> T {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = router(api.clone()).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let body = response.into_body();
    let bytes = axum::body::to_bytes(body, 10_000_000).await.unwrap();
    codec::decode(&bytes, bytes.len()).unwrap()
}

async fn node_at(api: &Api, path: NodePath) -> (Height, Option<Node>) {
    bytes_of(api, format!("/v1/state/tree?path={path}")).await
}

#[tokio::test]
async fn the_tree_is_shown_node_by_node_from_the_certified_root() {
    let Fixture { api, .. } = fixture();
    let block = commit(&api, register());
    let (height, root) = node_at(&api, NodePath::ROOT).await;
    let root = root.unwrap();
    assert_eq!(height, block.header.height);
    assert_eq!(root.node_hash(), block.header.state_root);
    if let Node::Inner { left, .. } = &root {
        let (_, child) = node_at(&api, NodePath::ROOT.child(Side::Left)).await;
        assert_eq!(child.unwrap().node_hash(), *left);
    }
    let deep = NodePath::of(&tree::key_hash(b"nobody"), 200);
    assert_eq!(node_at(&api, deep).await.1, None);
    let key = StateKey::Chain.to_bytes();
    let path = format!("/v1/state/record?key={}", hex::encode(&key));
    let (_, value): (Height, Option<Vec<u8>>) = bytes_of(&api, path).await;
    assert!(value.is_some());
    let (_, value): (Height, Option<Vec<u8>>) =
        bytes_of(&api, "/v1/state/record?key=ffff".to_owned()).await;
    assert_eq!(value, None);
}

#[tokio::test]
async fn what_is_no_path_and_no_key_is_refused() {
    let Fixture { api, .. } = fixture();
    let long = "00".repeat(257);
    for bad in [
        "/v1/state/tree".to_owned(),
        "/v1/state/tree?path=".to_owned(),
        "/v1/state/tree?path=257:".to_owned(),
        "/v1/state/tree?path=3:ff".to_owned(),
        "/v1/state/tree?path=3:".to_owned(),
        "/v1/state/tree?path=03:a0".to_owned(),
        "/v1/state/record?key=0".to_owned(),
        format!("/v1/state/record?key={long}"),
    ] {
        let (status, _) = get(&api, &bad).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}");
    }
}
