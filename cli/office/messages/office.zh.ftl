# 对账单、需求、匹配。

## 对账单
statement-account = 账户月度对账单
statement-merchant = 商户月度对账单
statement-district = 区月度报表
statement-subtitle = { $month } · { $subject }
statement-footer = { $title } { $month } · { $subject }
statement-opening = 期初
statement-received = 收入
statement-left = 支出
statement-closing = 期末
statement-given = 交付
statement-settled = 已结
statement-balances = { $opening } + { $received } − { $left } = { $closing }
statement-provisional = 本月尚未结束：截至 { TIME($known_ms) } 的情况。
statement-proven = 每一笔都与账户截至 { TIME($known_ms) } 的已证明记录相符：没有缺漏、增添或改动。
statement-booked = 由区块重新执行算出，截至 { TIME($known_ms) }。
statement-of_account = 账户
statement-of_merchant = 商户
statement-holder = 账户种类
statement-status = 状态
statement-home = 所属街道
statement-figures = 账户各项数字
statement-figure = 项目
statement-spendable = 可用
statement-held = 冻结
statement-clawback_due = 应追回
statement-honorary = 荣誉
statement-service_given = 累计服务
statement-training_given = 累计培训
statement-owed = 应结
statement-kinds = 按种类
statement-kind = 事项
statement-count = 笔数
statement-lines = 逐笔明细
statement-time = 时间
statement-about = 对方、单号
statement-sum = 合计
statement-items = 按商品
statement-item = 商品
statement-times = 次数
statement-minutes = 时间
statement-to = 交付给
statement-people = 人员
statement-at_home = 本区居民账户
statement-opened = 本月开户
statement-closed = 本月注销
statement-served = 在本区服务的人
statement-were_served = 在本区受助的人
statement-services = 本区已结算的服务
statement-service = 服务
statement-orders = 订单数
statement-time_served = 服务时间
statement-reversed = 冲正数
statement-clearing = 与各区往来
statement-clearing_given = 该区居民在本区支付
statement-clearing_taken = 本区居民在该区支付
statement-clearing_district = 区
statement-net = 净额
statement-clearing_open = 本月尚未清算；清算后才知道与各区的往来。
statement-clearing_agrees = 由区块重新算出；与链上本月清算记录一致。
statement-clearing_differs = 由区块重新算出；与链上本月清算记录不一致。请告知审计员。
statement-clearing_waits = 由区块重新算出；链上尚无本月清算记录。

## 需求
demand-title = 未满足的服务需求
demand-subtitle = { $from } 至 { $until } · 待接单与已逾期的订单，截至区块 { $height }
demand-footer = 服务需求 { $from } 至 { $until }
demand-streets = 按街道和周
demand-services = 按服务和周
demand-street_services = 按街道和服务
demand-street = 街道
demand-service_code = 服务 { $code }
demand-all = 全部
demand-withheld_mark = 不公布
demand-note = 无人接单的订单数，按服务应开始的那一周、受助人所属街道统计。提出需求的不足 { $people } 人时不公布该数；同时隐去另外一些数，使之不能由合计相减得出。不公布的数可能是任何数，也可能是零。
demand-none = 没有未满足的需求。
demand-map = 无人接单的订单数（按街道和周）

## 匹配
match-same_street = 同街道
match-same_district = 同区
match-experience = 做过此项服务 { $count } 次
match-acquainted = 服务过此人 { $count } 次
match-rating = { $count ->
        [0] 尚无评价
       *[other] { $count } 次评价，共 { $stars } 星
    }
match-absence = 未到 { $count } 次
match-load = { $days } 天内已服务或已接单 { $minutes } 分钟
match-waiting = 已有 { $weeks } 周没有服务
match-newcomer = 已培训 { $minutes } 分钟，尚未服务过
match-kin_of_recipient = 是受助人的亲属（{ WORD($relation) }）
match-kin_of_payer = 是付款人的亲属（{ WORD($relation) }）
match-payer = 是付款人
match-pair_limit = 会超过两人之间的每月上限：{ $limit } 分钟中已占 { $taken } 分钟
match-no_time = 时间段内没有空闲，或当日上限已无余量

## 志愿服务记录证明
certificate-title = 志愿服务记录证明
certificate-subtitle = { $account }
certificate-footer = { $title } · { $account } · { $from } – { $to }
certificate-holder_agreed = 每个数字都记在本市时间银行账本第 { $height } 块，由 { $of } 名验证人中的 { $signers } 名签名；持有人已同意出示。
certificate-served = 期间服务时长
certificate-trained = 期间培训时长
certificate-lifetime_served = 累计服务时长
certificate-stars = 星级
certificate-no_star = 暂无
certificate-account = 账户
certificate-home = 所属街道
certificate-period = 期间
certificate-as_of = 截至
certificate-block = { TIME($time_ms) }，第 { $height } 块
certificate-valid_until = 有效期至
certificate-until = { TIME($valid_until_ms) }
certificate-made_for = 出具给
certificate-for_anyone = 任何核对的人
certificate-for_one = 一个接收方，核对时输入自己的名称
certificate-city = 城市（链标识前半）
certificate-by_kind = 期间内，按种类
certificate-kind = 种类
certificate-service = 服务 { $code }
certificate-campaigns = 集体活动
certificate-honorary = 荣誉服务
certificate-trainings = 培训
certificate-times = 次数
certificate-hours = 时长
certificate-by_month = 按月
certificate-month = 月份
certificate-lifetime = 开户以来
certificate-rating = 评价
certificate-rated = { $stars } 星（满分 5 星，{ $count } 次评价）
certificate-unrated = 暂无评价
certificate-how_to_check = 如何核对
certificate-check_file = 用随附的文件或最后一页的二维码，加上本市的创世文件：timebank verify certificate.json --genesis genesis.json。不需要网络，也不需要询问任何人；哪里被改过会指明。
certificate-check_holder = 证明写明是哪个账户，不说明站在面前的是谁：请持有人出示同一账户的会员卡。
certificate-check_shows = 服务经核实、异议期过后，计入开始服务的那个月。被追回的不再计入。荣誉服务是预算未覆盖的集体活动，另列，不含在服务时长里。
certificate-check_limits = 它不证明所截区块之后的事，因此有效期较短。
certificate-codes = 二维码
certificate-scan = { $count ->
    [one] 这个二维码包含整份证明。把扫到的文字存成文件，用 timebank verify 核对。
   *[other] { $count } 个二维码合起来是整份证明，顺序不限。把扫到的文字存成文件，每码一行，用 timebank verify 核对。
}
