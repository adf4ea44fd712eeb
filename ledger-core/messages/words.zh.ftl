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

## 订单状态
word-posted = 已发布
word-accepted = 已接单
word-started = 已签到
word-completed = 已完成，待核实
word-verified = 已核实，待结算
word-settled = 已结算
word-cancelled = 已取消
word-lapsed = 已失效
word-rejected = 未通过核实

## 未通过核实的原因
word-not_served = 没有服务
word-wrong_provider = 服务人不符
word-wrong_recipient = 服务对象不符
word-wrong_times = 时间不符
word-evidence_insufficient = 证据不足

## 资金池与预算
word-donation = 捐赠池
word-grant = 发放池
word-reserve = 备用池
word-service = 服务
word-fund = 注资

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

## 代理范围
word-orders = 订单
word-redemption = 兑换
word-orders_and_redemption = 订单和兑换

## 订单的各方
word-provider = 服务人
word-recipient = 服务对象
word-poster = 发布人
