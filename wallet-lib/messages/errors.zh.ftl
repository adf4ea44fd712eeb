# 钱包的句子：每个错误按其代码，一条是发生了什么，.remedy 是办法。账本的拒绝在 ledger-core/messages，命令的句子在 cli/messages。

## 密钥、文件、共同签名

storage_name = “{ $name }”不能作为存储项的名称。
    .remedy = 名称最多 { $length_max } 个字符，只用 a-z、0-9、-、_ 和 .，且不以 . 开头。
storage_length = 存储项 { $name } 有 { $length } 字节，超过上限 { $length_max } 字节。
    .remedy = 没有写入任何内容，原有内容不变。
storage_mode = 目录 { $path } 的权限为 { $mode }，他人可以进入。
    .remedy = 用 chmod 700 设为仅自己可用，或另选目录。
storage_unavailable = 存储项 { $name } 无法读写：{ $reason }
    .remedy = 检查设备是否已满或被锁定，然后重试。
vault_damaged = 身份库 { $path } 第 { $line } 行已损坏。
    .remedy = 用备份恢复身份库；损坏的库不会再写入。
identity_known = 此人已有身份承诺 { $commitment }；一人只有一个账户。
    .remedy = 用 timebank identity find 查找其账户；密钥遗失时协助恢复。
identity_unknown = 身份库中没有 { $commitment }。
    .remedy = 核对身份承诺，或确认是否早已删除。
identity_length = 身份信息长 { $length } 字节；应在 1 到 { $length_max } 之间。
    .remedy = 按登记机关的写法填写一行身份信息。
key_file_missing = 没有密钥文件 { $path }。
    .remedy = 检查路径，或用 timebank key new 生成。
key_file_mode = 密钥文件 { $path } 的权限是 { $mode }，别人也能读。
    .remedy = chmod 600 { $path }；若可能已被人读走，请换钥。
key_file_malformed = { $path } 不是密钥文件。
    .remedy = 密钥文件只有一行 64 位十六进制；用 timebank key new 生成。
key_file_exists = { $path } 已经存在，密钥文件从不覆盖。
    .remedy = 换一个文件名。
file_unreadable = { $path } 读不了：{ $reason }
    .remedy = 检查路径和权限。
file_unwritable = { $path } 写不了：{ $reason }
    .remedy = 检查文件夹、权限和磁盘空间。
randomness = 系统没有给出随机数：{ $reason }
    .remedy = 检查系统。
mnemonic_length = 助记词应为 12、15、18、21 或 24 个，这里有 { $count } 个。
    .remedy = 请对照纸上的编号重新数一遍。
mnemonic_long = 这段文字太长，不是助记词（{ $length } 字节，最多 { $length_max }）。
    .remedy = 只输入纸上的助记词，不要输入别的内容。
mnemonic_word = 第 { $position } 个词“{ $word }”不在词表里。
    .remedy = 请再看纸上第 { $position } 个词。相近的词：{ $suggestions }
mnemonic_checksum = 每个词都在词表里，但合在一起不对。
    .remedy = 可能有一个词看错了，或者两个词写颠倒了：请与纸上逐个核对。
key_index = 没有编号为 { $index } 的密钥；编号须小于 { $end }。
    .remedy = 请选一个较小的编号。
argument_malformed = “{ $value }”不是有效的 { $argument }：{ $reason }
    .remedy = 请原样使用命令和账本给出的文字。
document_malformed = 不是可以签名的文件：{ $reason }
    .remedy = 请对方重新发送文件。
document_version = 文件的版本是 { $version }，本程序只认 { $known }。
    .remedy = 更新程序。
document_altered = 文件给人看的部分与要签的内容不符（{ $field }）。
    .remedy = 不要签名：文件被改过。请提出人重新发送。
document_signature = 文件上 { OFFICE($signer) } 的签名是错的。
    .remedy = 从签名之前的副本继续，或请提出人重新发送。
document_other = 两份文件不是同一笔交易：{ $actual } 与 { $expected }。
    .remedy = 只合并同一份文件的副本。
document_conflict = { OFFICE($signer) } 用两把不同的密钥签了名：{ $one } 与 { $other }。
    .remedy = 弄清哪把是登记的密钥，用 timebank doc unsign 去掉另一个。
document_chain = 文件属于另一条链（{ $actual }），这里信任的是 { $expected }。
    .remedy = 检查创世文件。
qr_malformed = 这不是本钱包的二维码，或者没有扫全。
    .remedy = 请对方打开钱包重新出示二维码。
qr_other = 第 { $part } 张二维码属于另一份内容（{ $actual }），正在扫的是 { $expected }。
    .remedy = 继续扫同一份内容的二维码；要换一份，请先重新开始。
qr_damaged = 这些二维码拼不成它们所说的内容（{ $id }）。
    .remedy = 从第一张起重新扫；仍不行就请对方改发文件。
qr_kind = 二维码里是 { WORD($actual) }，这里要的是 { WORD($expected) }。
    .remedy = 请对方出示所需的二维码。
qr_too_long = 内容有 { $length } 字节，二维码最多放 { $length_max } 字节。
    .remedy = 改为发送文件。
signer_key = { OFFICE($signer) } 不是手里这把密钥（{ $key }）。
    .remedy = 用对应的密钥文件，或写成 key=文件。
signer_unsigned = 提出人 { OFFICE($signer) } 还没有签名。
    .remedy = 请提出人先签名。
envelope_form = 交易不能提交：{ $reason }
    .remedy = 去掉多余的签名，或重新生成交易。
genesis_malformed = 不是创世文件：{ $reason }
    .remedy = 向街道索取创世文件。
trust_missing = 没有创世文件，不知道该信任谁，无法核对。
    .remedy = 用 --genesis 指定，或用 --unverified 只听这个节点的。
request_refused = 节点认为请求不对（{ $answer }）：{ $reason }
    .remedy = 检查程序与节点的版本。

## 节点

node_unreachable = 连不上节点 { $node }：{ $reason }
    .remedy = 检查网络和地址，或换一个节点。重复提交总是安全的。
node_busy = 节点 { $node } 现在办不了（{ $answer }）。
    .remedy = { $retry_after_s } 秒后再试，重复提交总是安全的。
node_failed = 节点 { $node } 出错（{ $status }，{ $answer }）：{ $reason }
    .remedy = 换一个节点，并告知其管理员。
answer_malformed = 看不懂节点 { $node } 的回答：{ $reason }
    .remedy = 检查地址和版本。
not_final = 交易 { $id } 等了 { SPAN($waited_ms) } 还没有入块，但仍可能入块。
    .remedy = 稍后用 timebank tx show 查看，或重复提交同一份文件，总是安全的。
month_not_over = { $month } 还没有结账，最新的是第 { $height } 块。
    .remedy = 月份结束后由链自动结账。
audit_failed = 审计在第 { $height } 块失败：{ $reason }。
    .remedy = 不要相信这个节点，换一个；如仍失败，请报告市级机构。
not_found = 没有{ WORD($thing) } { OFFICE($id) }。
    .remedy = 核对编号。
refused = 账本拒绝了这笔交易。

## 核对

other_chain = 节点属于另一条链（{ $actual }），这里信任的是 { $expected }。
    .remedy = 检查节点地址和创世文件。
proof_missing = 节点没有给出{ WORD($thing) } { OFFICE($id) } 的证明。
    .remedy = 换一个节点。
proof_other_record = 证明的是另一条记录。
    .remedy = 不要相信这个节点，换一个。
proof_tree = 记录不在已证明的状态里（{ $reason }）。
    .remedy = 不要相信这个节点，换一个。
proof_foreign_set = 第 { $height } 块由陌生的验证人（{ $actual }）作出，信任的是 { $expected }。
    .remedy = 检查创世文件；不要相信这个节点。
proof_set_changes = 从第 { $trusted_since } 块的验证人到第 { $height } 块（名单变更于第 { $last_set_change } 块），变更记录连不上。
    .remedy = 换一个节点；可能它落后了。
proof_next_set = 第 { $height } 块写明的下一任验证人与给出的不符。
    .remedy = 不要相信这个节点，换一个。
certificate_other_block = 证书不是第 { $height } 块的（{ $reason }）。
    .remedy = 不要相信这个节点，换一个。
certificate_foreign_signer = 第 { $height } 块的证书上有 { $validator } 的签名，它不是验证人。
    .remedy = 不要相信这个节点，换一个。
certificate_no_quorum = 第 { $height } 块只有 { $total } 权重中的 { $power } 签名，须超过三分之二。
    .remedy = 不要相信这个节点，换一个。
certificate_signature = 第 { $height } 块的证书是错的（{ $reason }）。
    .remedy = 不要相信这个节点，换一个。
proof_broken = 证明的一环断了（{ $link }）：{ $reason }。
    .remedy = 不要相信给出这份证明的一方，换一个节点再要。
proof_stale = 证明是 { TIME($time_ms) } 的，已过 { SPAN($age_ms) }，最多允许 { SPAN($age_ms_max) }。
    .remedy = 换一个节点；若链上确实没有新区块，用 --max-age 放宽。
went_back = 节点的答复停留在第 { $height } 块，而此前已见到第 { $seen } 块；请稍后再查询，或换一个节点。
    .remedy = 几秒后再查询，或用 --node 换一个节点。
record_malformed = 已证明的{ WORD($thing) } { OFFICE($id) } 读不懂：{ $reason }
    .remedy = 更新程序。
block_altered = 第 { $height } 块的{ WORD($part) }与其区块头不符。
    .remedy = 不要相信这个节点，换一个。
transaction_misplaced = 交易 { $id } 不在第 { $height } 块的第 { $index } 位。
    .remedy = 不要相信这个节点，换一个。
history_altered = 节点给出的 { $shown } 条历史与账户已证明的 { $length } 条不符。
    .remedy = 不要相信这个节点，换一个。

## 纸质记录

record_header = 第 { $line } 行：表头不是规定的各栏
record_columns = 第 { $line } 行：栏数不对，或引号没有成对
record_column = 第 { $line } 行：{ $column } 一栏“{ $value }”看不懂
record_person = 第 { $line } 行：{ $column } 一栏“{ $value }”不在名册里，也不是账户编号
record_times = 第 { $line } 行：开始与结束时间相同
record_number_twice = 第 { $line } 行：记录号“{ $value }”重复
record_person_twice = 第 { $line } 行：“{ $value }”重复出现

## 二维码里的内容
word-qr_document = 待签文件
word-qr_card = 会员卡
word-qr_challenge = 验卡请求
word-qr_proof = 证明
word-qr_checkpoint = 检查点
word-qr_account = 账户
