# 规则里的词：角色、亲属关系、状态、原因、政策参数。消息里用 WORD($x) 引用。

## 角色
word-administrator = 管理员
word-registrar = 登记员
word-clerk = 代办员
word-social_worker = 社工
word-treasurer = 财务
word-arbiter = 仲裁
word-auditor = 审计
word-identity_registry = 身份登记处

## 机构层级
word-city = 市
word-district = 区
word-street = 街道
word-service_point = 社区服务点

## 亲属
word-spouse = 配偶
word-parent = 父母
word-child = 子女
word-child_in_law = 儿媳或女婿
word-parent_in_law = 公婆或岳父母
word-sibling = 兄弟姐妹
word-grandparent = 祖父母
word-grandchild = 孙子女

## 订单状态；.meaning 说明其含义和接下来可做的事
word-posted = 已发布
    .meaning = 等待有人接单。付款人的分钟已冻结，或预算已预留。可以接单或取消；服务窗口结束一段时间后失效。
word-accepted = 已接单
    .meaning = 已有人承接。可以签到、报告完成或取消；窗口开始后可以报告有人未到；窗口结束一段时间后失效。
word-started = 已签到
    .meaning = 双方已签到。不再失效，等待报告完成。
word-completed = 已完成，待核实
    .meaning = 已报告完成，由社工核实是否属实。30 天未核实的上报到区；永不失效。
word-verified = 已核实，待结算
    .meaning = 社工已认可。异议期结束时支付，期间可以提出异议。
word-disputed = 有异议
    .meaning = 有人提出异议，由仲裁裁决；申诉后由市的仲裁裁决。裁决前不支付。
word-resolved = 已裁决，待结算
    .meaning = 仲裁已裁决服务人得多少。申诉期结束时支付，期间可以申诉；申诉后的裁决立即支付。
word-settled = 已结算
    .meaning = 已支付。可以评价；365 天内可以冲正。
word-cancelled = 已取消
    .meaning = 已撤回；为它冻结或预留的全部释放。
word-lapsed = 已失效
    .meaning = 没有按时签到；为它冻结或预留的全部释放。
word-rejected = 未通过核实
    .meaning = 社工不予认可；为它冻结或预留的全部释放。
word-no_show = 有人未到
    .meaning = 一方没有到，记入其账户；为它冻结或预留的全部释放。
word-reversed = 已冲正
    .meaning = 曾经支付，后来冲正收回；无过错的付款人得到补足。

## 账户状态；.meaning 说明其含义
word-active = 正常
    .meaning = 规则允许的都可以办。
word-frozen = 已冻结
    .meaning = 可以服务、可以入账，但不能花：不能付款下单、赠与、捐赠、兑换。登记员与仲裁可以解冻。
word-closed = 已注销
    .meaning = 永久不能再办任何事；注销时分钟已转给亲属、遗产继承人或捐赠池。

## 未通过核实及冲正的原因
word-not_served = 没有服务
word-wrong_provider = 服务人不符
word-wrong_recipient = 服务对象不符
word-wrong_times = 时间不符
word-evidence_insufficient = 证据不足
word-stolen_key = 密钥被盗
word-fraud = 弄虚作假

## 资金池与预算
word-donation = 捐赠池
word-grant = 补助
word-reserve = 备用池
word-service = 服务
word-fund = 注资
word-training = 培训
word-campaign = 活动

## 政策参数
word-cap = 存储上限（分钟）
word-daily_limit = 每日可得（分钟）
word-quantum = 计量单位（分钟）
word-redemption_threshold = 兑换门槛（分钟）
word-redemption_programmes = 可兑换的项目
word-backdating_days = 可补记天数
word-dispute_window_ms = 异议期
word-order_lapse_ms = 订单失效期
word-proxy_monthly_limit = 代理每月限额（分钟）
word-dual_verification_above = 双人核实起点（分钟）
word-pair_monthly_limit = 同一对象每月限额（分钟）
word-person_transactions_per_day = 个人每日交易数
word-staff_transactions_per_day = 工作人员每日交易数
word-open_orders_max = 未结订单上限
word-kin_max = 亲属上限
word-proxies_max = 代理上限
word-appeal_window_ms = 申诉期
word-earned_expiry_days = 所得有效天数（0：永久有效）
word-training_creditable_percent = 培训计入百分比
word-group_may_spend = 团队可否支出（1 可，0 不可）
word-recovery_delay_ms = 恢复密钥的最短等待

## 区可以怎样收紧参数
word-lower = 越低越紧
word-lower_or_off = 越低越紧，0 表示不限
word-higher = 越高越紧
word-subset = 项目越少越紧
word-city_only = 只由市设定

## 代理范围
word-orders = 订单
word-redemption = 兑换
word-orders_and_redemption = 订单和兑换

## 订单的各方
word-provider = 服务人
word-recipient = 服务对象
word-poster = 发布人
word-member = 团队成员
word-payer = 付款人

## 账户类别与分钟来源
word-person = 个人
word-merchant = 商家
word-group = 团队
word-granted = 发放
word-earned = 所得

## 历史事项
word-entry_opened = 开户
word-entry_key_rotated = 换钥
word-entry_kin_linked = 登记亲属
word-entry_kin_unlinked = 解除亲属
word-entry_allowance_set = 授权付款
word-entry_proxy_appointed = 委托代理
word-entry_proxy_revoked = 撤销代理
word-entry_held = 冻结
word-entry_released = 解冻
word-entry_paid = 支付
word-entry_earned = 服务所得
word-entry_gift_sent = 赠出
word-entry_gift_received = 受赠
word-entry_donated = 捐出
word-entry_pool_received = 资金池收入
word-entry_pool_funded = 资金池注资
word-entry_redeemed = 兑换
word-entry_item_given = 交付商品
word-entry_items_set = 设定商品
word-entry_expired = 过期
word-entry_granted = 补助
word-entry_pool_granted = 资金池补助
word-entry_pool_spent = 资金池支出
word-entry_trained = 培训
word-entry_campaigned = 活动
word-entry_owed_settled = 应结已结
word-entry_frozen = 账户冻结
word-entry_unfrozen = 账户解冻
word-entry_closed = 注销
word-entry_rest_received = 收到注销账户的余额
word-entry_home_moved = 迁移
word-entry_programmes_set = 设定项目
word-entry_legal_guardian_set = 设定监护人
word-entry_members_set = 设定成员
word-entry_guardians_set = 设定守护人
word-entry_recovery_started = 开始恢复密钥
word-entry_recovery_cancelled = 取消恢复密钥
word-entry_key_recovered = 密钥已恢复
word-entry_no_show = 未到
word-entry_rated = 得到评价
word-entry_served_for_group = 为团队服务
word-entry_taken_back = 收回
word-entry_made_whole = 补足
word-entry_pool_advanced = 备用池垫付
word-entry_pool_repaid = 备用池收回

## 操作及其签名人
word-operation_register_organisation = 登记机构
word-signed_by_register_organisation = 上级机构的管理员，达到规定人数
word-operation_set_staff = 设置工作人员
word-signed_by_set_staff = 该机构或其上级的管理员，达到规定人数
word-operation_set_policy = 设定政策
word-signed_by_set_policy = 市（收紧时为区）的管理员，达到规定人数
word-operation_set_catalogue = 设定服务目录
word-signed_by_set_catalogue = 市的管理员，达到规定人数
word-operation_set_validators = 更换验证人
word-signed_by_set_validators = 市的管理员，达到规定人数
word-operation_open_budget = 开立预算
word-signed_by_open_budget = 两位财务（不同的人）
word-operation_fund_pool = 注资
word-signed_by_fund_pool = 两位财务（不同的人）
word-operation_submit_evidence = 提交违规证据
word-signed_by_submit_evidence = 任何人的密钥
word-operation_open_account = 开户
word-signed_by_open_account = 登记员、身份登记处、本人的新密钥；无密钥的由社工代替本人；未成年人还有监护人
word-operation_rotate_key = 换钥
word-signed_by_rotate_key = 账户的旧密钥与新密钥
word-operation_link_kin = 登记亲属
word-signed_by_link_kin = 双方与登记员
word-operation_unlink_kin = 解除亲属
word-signed_by_unlink_kin = 任何一方
word-operation_set_kin_allowance = 授权亲属付款
word-signed_by_set_kin_allowance = 付款人
word-operation_appoint_proxy = 委托代理
word-signed_by_appoint_proxy = 本人；无密钥的由登记员和社工
word-operation_revoke_proxy = 撤销代理
word-signed_by_revoke_proxy = 本人或代理人；无密钥的由登记员和社工
word-operation_post_order = 发布订单
word-signed_by_post_order = 服务对象或其代理；亲属付款且无授权时还有付款人
word-operation_accept_order = 接单
word-signed_by_accept_order = 服务人；团队的由团队和去服务的成员
word-operation_start_order = 签到
word-signed_by_start_order = 服务人，与服务对象、其代理或服务点人员
word-operation_complete_order = 报告完成
word-signed_by_complete_order = 服务人，与服务对象或其代理
word-operation_cancel_order = 取消订单
word-signed_by_cancel_order = 发布人、服务人、服务对象或工作人员
word-operation_verify_order = 核实订单
word-signed_by_verify_order = 社工；超过双人核实起点时两位
word-operation_record_service = 录入纸质记录
word-signed_by_record_service = 服务人（团队的还有去服务的成员），与服务对象或其代理；亲属付款且无授权时还有付款人
word-operation_gift = 赠与
word-signed_by_gift = 赠出人
word-operation_donate = 捐赠
word-signed_by_donate = 捐出人
word-operation_register_merchant = 登记商家
word-signed_by_register_merchant = 两位财务与商家的新密钥
word-operation_set_items = 设定商品
word-signed_by_set_items = 商家与财务
word-operation_redeem = 兑换
word-signed_by_redeem = 持有人或其代理，与商家
word-operation_advance_time = 推进时间
word-signed_by_advance_time = 市的管理员，达到规定人数
word-operation_set_legal_guardian = 设定监护人
word-signed_by_set_legal_guardian = 登记员、身份登记处，以及新监护人（如有）
word-operation_open_group = 开立团队
word-signed_by_open_group = 登记员、社工（不同的人）与团队的新密钥
word-operation_set_members = 设定成员
word-signed_by_set_members = 团队与其归属街道的登记员
word-operation_set_programmes = 设定项目
word-signed_by_set_programmes = 登记员与社工（不同的人）
word-operation_move_home = 迁移
word-signed_by_move_home = 本人与新街道的登记员；无密钥的由新街道的登记员和原街道的社工
word-operation_freeze = 冻结账户
word-signed_by_freeze = 登记员与仲裁（不同的人）
word-operation_unfreeze = 解冻账户
word-signed_by_unfreeze = 登记员与仲裁（不同的人）
word-operation_close_account = 注销账户
word-signed_by_close_account = 登记员与本人；身故或无密钥的由登记员和仲裁（不同的人）
word-operation_set_guardians = 设定守护人
word-signed_by_set_guardians = 本人
word-operation_start_recovery = 开始恢复密钥
word-signed_by_start_recovery = 新密钥，加上规定人数的守护人，或登记员与一位守护人；未设守护人的由登记员和仲裁
word-operation_cancel_recovery = 取消恢复密钥
word-signed_by_cancel_recovery = 账户的旧密钥
word-operation_finish_recovery = 完成恢复密钥
word-signed_by_finish_recovery = 任何账户或工作人员
word-operation_report_no_show = 报告未到
word-signed_by_report_no_show = 另一方，或工作人员
word-operation_rate_order = 评价
word-signed_by_rate_order = 另一方
word-operation_open_dispute = 提出异议
word-signed_by_open_dispute = 任何一方、付款人或工作人员
word-operation_resolve_dispute = 裁决异议
word-signed_by_resolve_dispute = 仲裁；申诉后由市的仲裁
word-operation_appeal = 申诉
word-signed_by_appeal = 任何一方或付款人
word-operation_reverse_order = 冲正订单
word-signed_by_reverse_order = 仲裁，与区或其上级的财务（不同的人）
word-operation_record_training = 记录培训
word-signed_by_record_training = 组织者与社工（不同的人）
word-operation_record_campaign = 记录活动
word-signed_by_record_campaign = 组织者与社工（不同的人）
word-operation_grant = 发放补助
word-signed_by_grant = 两位财务（不同的人）
word-operation_spend_pool = 资金池支出
word-signed_by_spend_pool = 两位财务（不同的人）
word-operation_settle_merchant = 与商家结清
word-signed_by_settle_merchant = 两位财务（不同的人）与商家
word-operation_schedule_upgrade = 安排升级
word-signed_by_schedule_upgrade = 市的管理员，达到规定人数
word-operation_cosign_clearing = 会签清算
word-signed_by_cosign_clearing = 审计

## 各种事物
word-account = 账户
word-order = 订单
word-transaction = 交易
word-block = 区块
word-organisation = 机构
word-budget = 预算
word-pool = 资金池
word-clearing = 已结月份
word-supply = 总量
word-identity = 身份
word-path = 路径
word-kin = 亲属
word-members = 团队
word-recovery = 守护人，账户
word-membership = 会员身份，账户
word-genesis = 创世文件

## 请求的各部分
word-query = 查询参数
word-cursor = 页码
