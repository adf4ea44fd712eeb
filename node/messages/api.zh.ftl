# HTTP 接口除账本拒绝原因之外的回答。
request_malformed = 请求格式有误：{ $reason }
    .remedy = 请对照 /v1/openapi.json 中的说明。
body_malformed = 请求体不是交易：{ $reason }
    .remedy = 请以 borsh 字节（application/octet-stream）或 JSON（application/json）发送信封。
body_too_long = 请求体超过 { $bytes_max } 字节。
    .remedy = 请减少一次发送的交易数量。
not_found = 这里没有 { $kind } { $id }。
    .remedy = 请检查标识；如果是新建的，请等下一个区块后再查询。
no_block_yet = 链上还没有区块，无法给出证明。
    .remedy = 请在第一笔交易生效后再查询。
mempool_signer_full = 该签名人在本节点等待的交易已达到单个签名人的上限：{ $reason }
    .remedy = 请等其中一些进入区块后再提交。
mempool_full = 本节点暂时没有空间接收更多交易：{ $reason }
    .remedy = 请几秒后再提交，或提交到其他节点。重复提交是安全的。
not_ready = 节点尚未就绪：{ $reason }
    .remedy = 请几秒后再试，或询问其他节点。
not_final_yet = 交易已被接收，但在 { $timeout_ms } 毫秒内没有进入已决定的区块。
    .remedy = 请按编号查询，或再次提交：它至多生效一次。
storage_failed = 节点无法读取其存储：{ $reason }
    .remedy = 请询问其他节点；运维人员可在本节点日志中找到原因。
stopping = 节点正在停止。
    .remedy = 请询问其他节点。

ready_peers = 连接到的验证节点不足法定多数
ready_behind = 它在高度 { $height }，其他节点在 { $quorum_height }
ready_stalled = 有待处理的工作，但已有 { $seconds } 秒没有决定区块
