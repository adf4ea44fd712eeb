# 每条规则一条消息：以稳定代码为名，说明实际值与限额；.remedy 说明怎么办。
# 增加一条拒绝（ledger/rejection.rs）时，在两种语言里同时加上它。按代码所属的主题分组。

## 信封

envelope_malformed = 交易的格式不对：{ $reason }
    .remedy = 用当前版本的钱包重新生成并签名。
wrong_chain = 这笔交易属于另一条链（{ $actual }），本链是 { $expected }。
    .remedy = 检查钱包配置里的创世文件和节点地址，重新生成交易。
expired = 交易在 { TIME($valid_until_ms) } 已过期，现在的区块时间是 { TIME($now_ms) }。
    .remedy = 重新生成交易并收集签名。
valid_too_long = 交易的有效期写到 { TIME($valid_until_ms) }，最晚只能到 { TIME($latest_ms) }。
    .remedy = 缩短有效期后重新签名。
already_applied = 这笔交易已经入账，不会重复执行。
    .remedy = 无需再提交；用 timebank tx show 查看回执。
signer_unknown = 账本上没有签名人 { OFFICE($signer) } 的密钥。
    .remedy = 核对编号；新开的账户或新设的工作人员要到下一个区块才能签名。
signature_wrong = { OFFICE($signer) } 的签名不对。
    .remedy = 用这位签名人当前登记的密钥重新签名。
signature_missing = 缺少 { OFFICE($signer) } 的签名。
    .remedy = 请对方在同一份文件上签名后再提交。
signature_unneeded = 这项操作不需要 { OFFICE($signer) } 的签名。
    .remedy = 去掉这个签名后再提交。
signer_not_entitled = { OFFICE($signer) } 不能提出这项操作。
    .remedy = 由这项操作规定的人提出。
transactions_per_day = 签名人今天已提交 { $limit } 笔交易，达到每日上限。
    .remedy = 明天再提交，或由另一位有权的签名人提出。
number_overflow = 数字超出了账本能记录的范围。
    .remedy = 检查金额，减小后重新提交。
minutes_zero = 分钟数为零。
    .remedy = 填写至少 1 分钟。

## 角色

role_missing = 缺少管辖 { OFFICE($organisation) } 的{ WORD($role) }签名。
    .remedy = 请该机构或其上级机构的{ WORD($role) }签名。
same_person = 需要两位不同的人签名，但两个签名都来自同一人 { $person }。
    .remedy = 请另一位有权的人签名。
threshold_not_met = { OFFICE($organisation) } 需要 { $threshold } 位管理员签名，现在只有 { $signed } 位。
    .remedy = 再请其他管理员在同一份文件上签名。
staff_unknown = 没有工作人员 { OFFICE($staff) }。
    .remedy = 核对机构代码和工号。
key_refused = 公钥 { $key } 不能登记：{ $reason }
    .remedy = 用 timebank key new 生成一把新密钥。

## 必须存在的对象

organisation_unknown = 没有机构 { OFFICE($organisation) }。
    .remedy = 核对区划代码；用 timebank org list 查看已登记的机构。
account_unknown = 没有账户 { $account }。
    .remedy = 核对账户编号；新开的账户要等开户交易入账。
not_a_person = { $account } 不是个人账户。
    .remedy = 填写个人账户。

## 分钟

insufficient_minutes = 账户 { $account } 可用 { $available } 分钟，不够支付 { $requested } 分钟。
    .remedy = 把分钟数减到 { $available } 以内。
too_many_lots = 账户 { $account } 的分钟批次已达上限。
    .remedy = 先花掉一些将到期的分钟。
