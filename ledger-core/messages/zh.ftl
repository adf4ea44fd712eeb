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

## 账户状态

account_closed = 账户 { $account } 已注销，不能再办理任何业务。
    .remedy = 请使用其他账户；注销的账户不能恢复。
account_frozen = 账户 { $account } 已冻结，不能支出。
    .remedy = 请向街道办事处了解原因；登记员与仲裁员可共同解冻。
group_may_not_spend = 团队 { $group } 不能支出：其所在区的政策不允许。
    .remedy = 由成员用个人账户支出，或请所在区调整政策。
frozen_already = 账户 { $account } 已经冻结。
    .remedy = 无需再冻结。
not_frozen = 账户 { $account } 没有冻结。
    .remedy = 无需解冻。
programmes_max = 一个账户最多属于 { $limit } 个项目，这里列了 { $count } 个。
    .remedy = 减少项目后重新提交。
programmes_order = 项目代码没有按顺序排列，或重复了：{ $programme }。
    .remedy = 按代码从小到大排列，每个只写一次。
home_unchanged = 账户的住所本来就在 { OFFICE($home) }。
    .remedy = 填写迁入的街道。
merchant_stays = 商家 { $merchant } 不能迁移：欠它的分钟由原来的区结算。
    .remedy = 结清后注销，再在新的街道登记商家。

## 注销账户

orders_open = 账户 { $account } 还有未结束的订单：作为服务对象 { $open_orders } 个，作为服务人 { $serving } 个；冻结中的分钟 { $held }。
    .remedy = 等订单结束，或先取消订单，再注销。
clawback_due = 账户 { $account } 还有 { $minutes } 分钟应追回未还。
    .remedy = 先用新得的分钟还清，再注销。
merchant_owed = 商家 { $merchant } 还有 { $owed } 分钟没有结算。
    .remedy = 请财务先与商家结算，再注销。
staff_entries = 账户 { $account } 的持有人还登记为工作人员（{ $entries } 处）。
    .remedy = 请有关机构的管理员先撤销这些工作人员登记，再注销。
estate_after_death = 只有本人去世后、由登记员和仲裁员办理注销，剩余分钟才能作为遗产给 { $heir }。
    .remedy = 持有人自己注销时，把剩余分钟给亲属或捐出。
rest_to_itself = 账户 { $account } 注销后，剩余分钟不能留给它自己。
    .remedy = 填写另一个人的账户，或捐出。

## 未成年人与监护人

minor_keyless = 有法定监护人（{ $guardian }）的未成年人要有自己的密钥。
    .remedy = 为未成年人生成密钥；没有手机的，不登记监护人，由街道代办。
guardian_keyless = { $guardian } 没有密钥，不能做监护人。
    .remedy = 请有密钥的人做监护人。
guardian_minor = { $guardian } 自己是未成年人，不能做监护人。
    .remedy = 请成年人做监护人；法定监护人由登记员与身份登记处更换。
guardian_self = { $account } 不能做自己的监护人。
    .remedy = 填写另一个人的账户。
legal_guardian_unchanged = { $account } 的法定监护人没有变化。
    .remedy = 核对账户和监护人。

## 恢复密钥

guardians_max = 最多可选 { $limit } 位守护人，这里列了 { $count } 位。
    .remedy = 减少守护人后重新提交。
guardians_order = 守护人没有按顺序排列，或重复了：{ OFFICE($guardian) }。
    .remedy = 按编号排列，每位只写一次。
guardian_threshold = 要 { $threshold } 位守护人同意，而守护人共 { $count } 位。
    .remedy = 门槛至少为 1、不超过守护人人数；没有守护人时填 0。
recovery_delay = 等待期 { SPAN($delay_ms) } 不在允许的范围内：{ SPAN($least_ms) } 到 { SPAN($greatest_ms) }。
    .remedy = 选择范围内的等待期。
recovery_running = 账户 { $account } 正在恢复密钥，等待期到 { TIME($finishes_ms) } 为止。
    .remedy = 等恢复完成；若不是本人申请，请在此之前取消。
recovery_none = 账户 { $account } 没有正在进行的密钥恢复。
    .remedy = 核对账户。
recovery_support = 账户 { $account } 的密钥恢复需要 { $threshold } 位守护人，或登记员加一位守护人；现在有 { $signed } 位守护人签名。
    .remedy = 再请守护人或住所所在街道的登记员签名。
recovery_paused = { OFFICE($initiator) } 发起的恢复曾被取消，到 { TIME($until_ms) } 之前不能再为这个账户发起。
    .remedy = 请其他守护人或工作人员发起，或等到那时。
recovery_confirmed = 账户 { $account } 的密钥恢复有仲裁员会签，原密钥不能取消。
    .remedy = 有异议请找街道办事处。
recovery_over = 账户 { $account } 密钥恢复的等待期已在 { TIME($finishes_ms) } 结束，不能再取消。
    .remedy = 有异议请找街道办事处；登记员与仲裁员可以冻结账户。
recovery_waits = 账户 { $account } 密钥恢复的等待期到 { TIME($finishes_ms) } 才结束。
    .remedy = 到时再办；账本也会自动完成。

## 团队

not_a_group = { $account } 不是团队账户。
    .remedy = 填写团队账户。
member_changes_max = 一次最多增减 { $limit } 名成员，这里有 { $count } 名。
    .remedy = 分几次提交。
members_order = 成员没有按顺序排列，或重复了：{ $member }。
    .remedy = 按账户编号排列，每人只写一次。
members_max = 团队最多 { $limit } 名成员，这样会有 { $count } 名。
    .remedy = 先让一些成员退出，或另开一个团队。
member_already = { $member } 已经是团队 { $group } 的成员。
    .remedy = 去掉这一位后重新提交。
not_a_member = { $member } 不是团队 { $group } 的成员。
    .remedy = 核对账户，或先把这一位加入团队。

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

## 机构与工作人员

organisation_exists = 机构 { OFFICE($organisation) } 已经登记。
    .remedy = 核对区划代码；无需重复登记。
organisation_level = { WORD($level) }级机构不能直接隶属于{ WORD($parent_level) }级机构。
    .remedy = 填写比上级机构低一级的层级。
staff_changes_max = 一次变更了 { $count } 名工作人员，最多 { $limit } 名。
    .remedy = 分成几笔交易提交。
staff_changes_order = 工作人员变更没有按工号从小到大排列，或工号 { $number } 重复。
    .remedy = 按工号排序，每个工号只写一次。
staff_max = 机构的工作人员将超过上限 { $limit } 名。
    .remedy = 先移除不再任职的人员。
staff_roles = 工作人员 { OFFICE($staff) } 的角色为空、重复或没有排序。
    .remedy = 至少写一个角色，每个角色只写一次，按规定的次序排列。
identity_registry_outside_city = 身份登记处只设在市级机构，不能设在 { OFFICE($organisation) }。
    .remedy = 在市级机构设置身份登记处。
threshold_unreachable = 需要 { $threshold } 位管理员签名，而管理员只有 { $people } 人。
    .remedy = 把签名人数定在 1 到管理员人数之间。

## 政策与服务目录

policy_scope = 政策只能由市或区设定，{ OFFICE($scope) } 不是市也不是区。
    .remedy = 填写市或区的区划代码。
policy_city_only = “{ WORD($parameter) }”只能由市设定。
    .remedy = 由市级管理员提出。
policy_value = “{ WORD($parameter) }”的值不合规定，允许 { VALUE($parameter, $least) } 至 { VALUE($parameter, $greatest) }。
    .remedy = 填写这个范围内的值；项目代码要排序且不重复。
policy_looser = “{ WORD($parameter) }”比市的规定（{ VALUE($parameter, $city) }）宽松，区只能收紧。
    .remedy = 填写不比市宽松的值，或请市修改。
acts_already = { $day } 已有生效的规定，不能改写。
    .remedy = 从明天或以后的某一天起生效。
scheduled_max = 预定在今后生效的规定将超过上限 { $limit } 条。
    .remedy = 等一条生效后再预定。
policy_not_set = { OFFICE($scope) } 没有规定“{ WORD($parameter) }”，无可撤销。
    .remedy = 核对项目和起始日；用 timebank policy list 查看已有的规定。
service_unknown = 没有服务代码 { $code }。
    .remedy = 用 timebank catalogue list 查看服务目录。
catalogue_entry = 服务代码 { $code } 的时长范围或倍率不合规定。
    .remedy = 时长 1 至 1440 分钟，下限不大于上限，倍率不超过 1000 %。
day_past = 起始日 { $day } 已过，今天是 { $today }。
    .remedy = 填写今天或以后的日子。

## 链

validators_malformed = 验证人名单不合规定：{ $reason }
    .remedy = 按共识公钥排序，每把公钥只写一次，权重在规定范围内。
validators_unchanged = 验证人名单与现在的相同。
    .remedy = 无需提交。
validators_changed_now = 本区块已经换过一次验证人名单。
    .remedy = 等下一个区块再提交。
validators_changes_max = 24 小时内更换验证人名单不能超过 { $limit } 次。
    .remedy = 过 24 小时再提交。
validators_removed = 24 小时内将移除 { $total } 权重中的 { $removed }，达到三分之一。
    .remedy = 分几天移除，每次少于三分之一。
validators_added = 24 小时内新增的权重 { $added } 达到总权重 { $total } 的三分之一。
    .remedy = 分几天新增，每次少于三分之一。
validator_unknown = 最近 24 小时没有地址为 { $validator } 的验证人。
    .remedy = 证据须在验证人任职期间或其后 24 小时内提交。
evidence_height = 证据的高度 { $height } 还没有到，现在是 { $now }。
    .remedy = 核对证据。
evidence_known = 这项证据已经记录。
    .remedy = 无需再提交。
evidence_per_day = 针对验证人 { $validator } 今天已记录 { $limit } 项证据，达到每日上限。
    .remedy = 违规已有证明；如需记录更多，请明天再提交。
evidence_invalid = 两张投票不能证明违规：{ $reason }
    .remedy = 核对两张投票的链、高度、轮次、步骤和签名。
not_a_test_chain = 只有测试链可以移动时间。
    .remedy = 正式链的时间由各节点的时钟决定。
time_not_later = 时间只能向前：给的是 { TIME($to_ms) }，最早须是 { TIME($least_ms) }。
    .remedy = 填写更晚的时间。
time_too_far = 时间一次移动太远：给的是 { TIME($to_ms) }，最晚 { TIME($latest_ms) }。
    .remedy = 分几次移动。

## 培训与活动

participants_count = 名单有 { $count } 人，须为 1 至 { $limit } 人。
    .remedy = 列出所有参加者；人数过多时分成几份记录。
participant_twice = { $account } 在名单中重复。
    .remedy = 每人只列一次。
attendance_length = 时长 { SPAN($length_ms) }，一份记录最多一天。
    .remedy = 每天分别记录。
attendance_unverified = 没有为 { OFFICE($district) } 服务的社工签名。
    .remedy = 请该区、其街道或服务点、或市级的社工与组织者一起签名。
attendance_party = { $person } 既是见证人又在参加者名单中。
    .remedy = 请未参加的人签名，或从名单中去掉此人。
attendance_kin = 社工 { $person } 是参加者 { $participant } 的亲属。
    .remedy = 请另一位社工签名。
attendance_budget_scope = 预算 { $budget } 属于 { OFFICE($scope) }，不包括 { OFFICE($district) }。
    .remedy = 用该区或市的预算。

## 规则升级

upgrade_too_soon = 升级日 { $from_day } 太早，最早 { $earliest }。
    .remedy = 填写更晚的日子，让各机构来得及安装新程序。
upgrade_not_newer = 规则版本 { $version } 不比现行版本 { $current } 新。
    .remedy = 填写更高的版本号。

## 区际清算

clearing_unknown = { $month } 还没有结账。
    .remedy = 月份结束后由链自动结账，届时再查询。
clearing_hash = { $month } 清算记录的哈希是 { $expected }，签名所认的是 { $given }。
    .remedy = 用 timebank audit clearing 从区块重新计算；如仍不同，请勿签名，并报告市级机构。
clearing_cosigned = { $person } 已确认过 { $month } 的清算。
    .remedy = 无需再提交。
clearing_cosignatures_max = { $month } 的清算已有 { $limit } 名审计员确认，达到上限。
    .remedy = 无需再提交。

## 预算与资金池

budget_unknown = 没有预算 { $budget }。
    .remedy = 核对预算编号；新开的预算要等开立交易入账。
budget_line_max = 单笔预算最多 { $limit } 分钟，申请的是 { $requested } 分钟。
    .remedy = 请分成几笔预算。
budget_purpose = 预算 { $budget } 的用途是{ WORD($purpose) }，不能用于这项操作。
    .remedy = 换一条用途相符的预算。
budget_expired = 预算 { $budget } 的最后一天是 { $last_day }，今天是 { $today }。
    .remedy = 换一条未到期的预算。
budget_exceeded = 预算 { $budget } 还剩 { $available } 分钟，不够 { $requested } 分钟。
    .remedy = 减少分钟数，或另开预算。
pool_outside_scope = 资金池 { OFFICE($pool) } 不在预算范围 { OFFICE($scope) } 之内。
    .remedy = 换范围包含该机构的预算。

## 账户

home_not_a_street = { OFFICE($organisation) } 是{ WORD($level) }级机构，账户须归属街道。
    .remedy = 填写街道的区划代码。
identity_taken = 这个身份已经开过账户（{ $identity }）。
    .remedy = 一人一户：找回原账户，不要重开。
key_unchanged = 新密钥与原密钥相同。
    .remedy = 用 timebank key new 生成一把新密钥。

## 亲属

kin_self = { $account } 不能与自己结为亲属。
    .remedy = 填写另一个人的账户。
kin_linked = { $account } 与 { $kin } 已经是亲属。
    .remedy = 无需重复登记；要改关系先解除。
kin_unknown = { $account } 与 { $kin } 没有登记为亲属。
    .remedy = 先登记亲属关系。
kin_max = { $account } 的亲属已达上限 { $limit } 位。
    .remedy = 先解除一位亲属。
allowance_missing = { $payer } 没有授权为 { $kin } 的订单付款，也没有签名。
    .remedy = 请付款人签名，或先设定每月额度。
allowance_expired = 亲属付款授权的最后一天是 { $last_day }，今天是 { $today }。
    .remedy = 请付款人重新授权或签名。
allowance_exceeded = 亲属付款额度每月 { $limit } 分钟，本月已用 { $used }，不够 { $requested } 分钟。
    .remedy = 请付款人提高额度或签名，或减少分钟数。
ended_uses_max = { $account } 本月已有 { $limit } 项用过的月度额度被结束，不能再设新的。
    .remedy = 等到下个月再设。

## 代理

proxy_self = { $principal } 不能做自己的代理。
    .remedy = 填写另一个人或代办员。
proxy_keyless = { OFFICE($proxy) } 没有密钥，不能代理他人。
    .remedy = 换一位有密钥的代理。
proxies_max = { $principal } 的代理已达上限 { $limit } 位。
    .remedy = 先撤销一位代理。
proxy_unknown = { $principal } 没有委托 { OFFICE($proxy) }。
    .remedy = 先办理委托。
proxy_scope = { OFFICE($proxy) } 的代理范围是{ WORD($scope) }，不包括这项操作。
    .remedy = 请本人或另一位代理办理，或重新委托。
proxy_not_active = { OFFICE($proxy) } 的代理从 { TIME($active_from_ms) } 起生效。
    .remedy = 到时再办。
proxy_expired = { OFFICE($proxy) } 的代理到 { $last_day } 为止，今天是 { $today }。
    .remedy = 重新办理委托。
clerk_not_entitled = { OFFICE($clerk) } 不是代办员，或其机构不服务于 { OFFICE($home) }。
    .remedy = 换该街道、其服务点或上级机构的代办员。
proxy_person = { $proxy } 委托时属于另一人，现在属于 { $person }。
    .remedy = 请重新委托。
proxy_is_party = 代理人 { $person } 自己就是另一方。
    .remedy = 请另一位代理办理。
proxy_limit = { OFFICE($proxy) } 每月可代办 { $limit } 分钟，本月已用 { $used }，不够 { $requested } 分钟。
    .remedy = 减少分钟数，或等下个月。

## 赠与、捐赠、商家、兑换

pool_not_donation = { OFFICE($pool) } 不是捐赠池。
    .remedy = 填写捐赠池，例如 320102:donation。
not_a_merchant = { $account } 不是商家账户。
    .remedy = 填写商家账户。
items_max = 商品有 { $count } 项，最多 { $limit } 项。
    .remedy = 减少商品。
items_order = 商品没有按代码排列，或代码 { $item } 重复。
    .remedy = 按代码排序，每个代码只写一次。
item_price_zero = 商品 { $item } 没有价格。
    .remedy = 填写至少 1 分钟。
item_unknown = 商家 { $merchant } 没有商品 { $item }。
    .remedy = 用 timebank merchant items 查看商品。
item_price = 商品 { $item } 的价格是 { $price } 分钟，不是 { $offered } 分钟。
    .remedy = 按现价重新提交。
redemption_threshold = 可用分钟达到 { $threshold } 才能兑换，现在有 { $spendable }。
    .remedy = 继续积累后再兑换。
redemption_programme = 只有属于 { $programmes } 之一的人可以兑换。
    .remedy = 请街道核对账户的项目代码。

## 分钟

insufficient_minutes = 账户 { $account } 可用 { $available } 分钟，不够支付 { $requested } 分钟。
    .remedy = 把分钟数减到 { $available } 以内。

## 发放、资金池与冲正

grantees_count = 发放名单有 { $count } 个账户，应为 1 到 { $limit } 个。
    .remedy = 分成几笔交易发放。
grantees_order = 发放名单没有排序，或账户 { $account } 重复。
    .remedy = 把账户排序，每个只写一次。
programme_missing = 账户 { $account } 不属于项目 { $programme }。
    .remedy = 从名单中去掉，或先请街道登记员和社工设置其项目。
grantee_outside_scope = 账户 { $account } 的住地不在 { OFFICE($scope) } 范围内。
    .remedy = 从名单中去掉，或改用其住地上级机构的预算或资金池。
pool_reserve = { OFFICE($pool) } 是备用池，只用于补偿被冲正订单的付款人。
    .remedy = 改用补助池或捐赠池。
pool_insufficient = { OFFICE($pool) } 有 { $available } 分钟，不够 { $requested } 分钟。
    .remedy = 减少分钟数，或先给资金池拨款。
owed_exceeded = 商家 { $merchant } 的应付为 { $owed } 分钟，不能结算 { $requested } 分钟。
    .remedy = 结算 { $owed } 分钟以内。
reversal_too_late = 订单 { $order } 在 { TIME($settled_ms) } 支付，冲正期限到 { TIME($latest_ms) } 为止。
    .remedy = 已不能冲正，请在账外处理。
reversal_nothing_paid = 订单 { $order } 结清时没有支付任何分钟。
    .remedy = 没有可追回的分钟。

## 订单

order_unknown = 没有订单 { $order }。
    .remedy = 核对订单编号；订单要等发布它的交易入账后才存在。
order_not_ready = 订单 { $order } 的状态是“{ WORD($status) }”，要先到“{ WORD($needed) }”。
    .remedy = 等前一步入账后再提交。
order_status = 订单 { $order } 的状态是“{ WORD($status) }”，只有在“{ WORD($needed) }”时才能这样做。
    .remedy = 用 timebank order show 查看订单；需要时重新发布。
order_lapsed = 订单 { $order } 在 { TIME($lapsed_ms) } 已失效。
    .remedy = 重新发布订单。
order_district = { OFFICE($organisation) } 的级别是{ WORD($level) }，服务地点应当是区。
    .remedy = 填写区的六位区划代码。
order_minutes = { $minutes } 分钟不在这类服务的范围内：{ $least } 至 { $most } 分钟。
    .remedy = 填写 { $least } 至 { $most } 分钟。
quantum = { $minutes } 分钟不是 { $quantum } 分钟的整数倍。
    .remedy = 改为 { $quantum } 分钟的整数倍。
window_empty = 时间窗的结束 { TIME($window_end_ms) } 不在开始 { TIME($window_start_ms) } 之后。
    .remedy = 结束时间要晚于开始时间。
window_past = 时间窗在 { TIME($window_end_ms) } 已结束，现在的区块时间是 { TIME($now_ms) }。
    .remedy = 填写更晚的时间窗；已经做完的服务用 timebank service record 补录。
window_length = 时间窗长 { SPAN($length_ms) }，最长 { SPAN($limit_ms) }。
    .remedy = 缩短时间窗，或分成几个订单。
window_too_far = 时间窗在 { TIME($window_end_ms) } 结束，最晚只能到 { TIME($latest_ms) }。
    .remedy = 临近时再发布订单。
window_not_begun = 订单的时间窗从 { TIME($window_start_ms) } 开始，现在的区块时间是 { TIME($now_ms) }。
    .remedy = 时间窗开始后再签到。
open_orders_max = { $recipient } 已有 { $limit } 个未结束的订单，达到上限。
    .remedy = 等其中一个结算，或取消一个。
budget_outside_scope = 预算 { $budget } 属于 { OFFICE($scope) }，既不覆盖服务对象的住地，也不覆盖订单所在的区。
    .remedy = 改用服务对象住地或订单所在区的预算。
budgets_max = 全部预算合计还能增加 { $available } 分钟，申请的是 { $requested } 分钟。
    .remedy = 减小预算。
provider_is_recipient = { $provider } 就是服务对象，不能为自己服务。
    .remedy = 请别人服务。
provider_is_poster = { $provider } 发布了这个订单，不能由其服务。
    .remedy = 请别人服务。
member_missing = { $group } 是团队，没有写明由哪位成员服务。
    .remedy = 写明提供服务的成员，由其与团队一同签名。
member_unneeded = { $provider } 是个人，由其本人服务，不能另写 { $member }。
    .remedy = 不填成员，或以团队账户为服务人。

## 服务

service_empty = 服务的结束 { TIME($end_ms) } 不在开始 { TIME($start_ms) } 之后。
    .remedy = 结束时间要晚于开始时间。
service_in_future = 服务在 { TIME($end_ms) } 结束，现在的区块时间是 { TIME($now_ms) }。
    .remedy = 服务结束后再上报。
backdating = 服务开始于 { $day }，今天只能补记 { $earliest } 以来的服务。
    .remedy = 已不能补记；请及时上报。
service_length = 服务时长 { SPAN($length_ms) }，这类服务应为 { $least } 至 { $most } 分钟。
    .remedy = 核对开始、结束和服务代码。
outside_window = 服务开始于 { TIME($start_ms) }，不在订单的时间窗 { TIME($window_start_ms) } 至 { TIME($window_end_ms) } 内。
    .remedy = 核对开始时间，或不用这个订单而补录服务。
service_below_quantum = 服务时长 { SPAN($length_ms) }，不到最少计量的 { $quantum } 分钟。
    .remedy = 核对开始和结束时间。
claim_exceeds_service = 申报 { $claimed } 分钟，实际服务 { $served } 分钟。
    .remedy = 最多申报 { $served } 分钟。
service_overlaps = { $provider } 在订单 { $order } 下于 { TIME($start_ms) } 至 { TIME($end_ms) } 服务，时间重叠。
    .remedy = 核对开始和结束时间；同一时间只能服务一人。
daily_limit = { $day } 最多可得 { $limit } 分钟，已申报 { $claimed } 分钟，再加 { $requested } 分钟就超了。
    .remedy = 最多申报当天剩余的分钟数。
pair_monthly_limit = { $month } 内同一服务人为同一服务对象最多服务 { $limit } 分钟，已申报 { $claimed } 分钟，再加 { $requested } 分钟就超了。
    .remedy = 请别人服务，或减少申报。

## 核实

verifier_missing = 缺少服务于 { OFFICE($home) } 或 { OFFICE($district) } 的社工签名。
    .remedy = 请服务对象住地或订单所在区的社工签名。
second_verifier_missing = 申报 { $claimed } 分钟，超过 { $threshold } 分钟须由两位社工核实。
    .remedy = 请第二位社工在同一份文件上签名。
verifier_is_party = { $person } 是这个订单的{ WORD($party) }，不能核实。
    .remedy = 请另一位社工核实。
verifier_is_kin = { $person } 是服务人 { $provider } 的亲属，不能核实。
    .remedy = 请另一位社工核实。
verifier_is_guardian = { $person } 是 { $minor } 的监护人，不能核实。
    .remedy = 请另一位社工核实。
verifier_same_organisation = 代办员 { OFFICE($clerk) } 代服务对象办理，{ OFFICE($organisation) } 的人不能核实。
    .remedy = 请另一服务点或街道的社工核实。
approved_exceeds_claim = 核定 { $approved } 分钟，申报只有 { $claimed } 分钟。
    .remedy = 最多核定 { $claimed } 分钟。

## 评价

stars = 不能评 { $stars } 星，评价为 1 至 { $most } 星。
    .remedy = 填写 1 至 { $most } 星。
rated_already = 订单 { $order } 的这一方已经评价过。
    .remedy = 不需要再做什么；每一方只评价一次。

## 争议

dispute_window_over = 订单 { $order } 的异议期在 { TIME($ended_ms) } 已结束。
    .remedy = 请所在区的仲裁和财务研究能否冲正这个订单。
appeal_window_over = 订单 { $order } 的申诉期在 { TIME($ended_ms) } 已结束。
    .remedy = 不需要再做什么；裁决已执行。
decision_final = 订单 { $order } 已申诉过一次，裁决为最终裁决。
    .remedy = 不需要再做什么；按裁决支付。
split_exceeds_approval = 裁定服务人得 { $split } 分钟，核定的只有 { $approved } 分钟。
    .remedy = 服务人最多得 { $approved } 分钟。
arbiter_verified = { $person } 核实过这个订单，不能裁决。
    .remedy = 请另一位仲裁裁决。
arbiter_is_party = { $person } 是这个订单的{ WORD($party) }，不能裁决。
    .remedy = 请另一位仲裁裁决。
arbiter_is_kin = { $person } 是 { $side } 的亲属或监护人，不能裁决。
    .remedy = 请另一位仲裁裁决。
arbiter_decided_before = 申诉所针对的裁决是 { $person } 作出的。
    .remedy = 请市里的另一位仲裁裁决。
