# What the HTTP interface answers besides the ledger's rejections.
request_malformed = The request is malformed: { $reason }
    .remedy = Compare it with the description at /v1/openapi.json.
body_malformed = The body is not a transaction: { $reason }
    .remedy = Send an envelope as borsh bytes (application/octet-stream) or as JSON (application/json).
body_too_long = The body is longer than { $bytes_max } bytes.
    .remedy = Send fewer transactions at once.
not_found = There is no { $kind } { $id } here.
    .remedy = Check the identifier; if it is new, wait for the next block and ask again.
no_block_yet = The chain has no block yet, so nothing can be proved.
    .remedy = Ask again after the first transaction was applied.
mempool_signer_full = This signer already has as many transactions waiting at this node as one signer may: { $reason }
    .remedy = Wait until some of them are in a block, then submit again.
mempool_full = This node has no room for more transactions at the moment: { $reason }
    .remedy = Submit again in some seconds, or to another node. Submitting twice is safe.
not_ready = The node is not ready: { $reason }
    .remedy = Ask again in some seconds, or ask another node.
not_final_yet = The transaction was accepted, but was not in a decided block within { $timeout_ms } ms.
    .remedy = Ask for it by its id, or submit it again: it applies at most once.
storage_failed = The node cannot read its storage: { $reason }
    .remedy = Ask another node; the operator finds the cause in this node's log.
stopping = The node is stopping.
    .remedy = Ask another node.

ready_peers = it is connected to too few validators for a quorum
ready_behind = it is at height { $height }, the others at { $quorum_height }
ready_stalled = there is work to do, but no block was decided for { $seconds } seconds
