# 试验程序所说的话。
demo-welcome = 时间银行账本：四个街道办事处，一本账。文件在 { $directory }。
demo-start = 正在启动 { $count } 个节点
demo-node = 节点 { $node } 已就绪：{ $url }
demo-rules = 市里设定服务目录和政策
demo-staff = 各区、街道和社区服务点配备人员，每人都有自己的账户
demo-accounts = { $people } 位居民已开户，其中一位没有手机
demo-import = 街道办事处从 { $path } 导入纸质记录
demo-imported = { $records } 条记录已核实并入账：{ $minutes } 分钟
demo-kin = 女儿在鼓楼有 { $minutes } 分钟；母亲在玄武申请 90 分钟照护
demo-killed = 服务进行中，节点 { $node } 被强行杀掉
demo-caught-up = 节点 { $node } 重新启动，已追到高度 { $height }
demo-kin-paid = 女儿的时间为母亲支付了 { $paid } 分钟，退回 { $returned } 分钟
demo-redeemed = 秦淮的志愿者在建邺兑换了物品：兑换前 { $before } 分钟，兑换后 { $after } 分钟
demo-same-office = 代办员所在办事处不得核实其代发的订单：{ $reason }
demo-cao = 没有手机的曹奶奶得到了服务，由另一个服务点核实
demo-frauds = 必须被拒绝的舞弊：
demo-fraud-overlap = - 同一时间在两个区服务：被拒绝（{ $code }）。{ $reason }
demo-fraud-kin = - 核实人是服务者的亲属：被拒绝（{ $code }）。{ $reason }
demo-fraud-twice = - 60 分钟同时在两个办事处花两次：一单成立，另一单被拒绝（{ $code }）。{ $reason }
demo-compare = 各账户余额（分钟），每个节点都向钱包给出证明：
demo-node-title = 节点 { $node }
demo-root = 节点 { $node } 高度 { $height }：状态根 { $root }
demo-conservation = 守恒：发行 { $issued } = 可用 { $spendable } + 冻结 { $held } + 资金池 { $pools } + 已兑换 { $redeemed } + 已过期 { $expired } + 已作废 { $voided }
demo-stopped = { $count } 个节点已按要求停止
demo-done = 全部一致。用时 { $seconds } 秒。

replay-read = { $path }：{ $orders } 个订单，{ $minutes } 分钟，{ $volunteers } 名志愿者，{ $elders } 位老人
replay-budget = 市里开立 { $minutes } 分钟的预算
replay-accounts = 正在开户：已生效 { $applied } 笔交易，每秒 { $rate } 笔（当前 { $rate_now } 笔）
replay-orders = 已完成 { $orders_all } 个订单中的 { $orders } 个，已生效 { $applied } 笔交易，每秒 { $rate } 笔（当前 { $rate_now } 笔）
replay-settling = 等待最后的结算
replay-node = 节点 { $node } 高度 { $height }：服务发行 { $issued } 分钟，发行 { $total } = 合计 { $accounted }，状态根 { $root }
replay-report = { $districts } 个区 { $volunteers } 名志愿者为 { $elders } 位老人完成 { $orders } 个订单：服务发行 { $minutes } 分钟。{ $seconds } 秒内 { $applied } 笔交易，每秒 { $rate } 笔。所有节点一致。
audit-progress = 正在重新执行：区块 { $height }，每秒 { $rate } 笔
audit-report = 已从创世重新执行：高度 { $height }，状态根 { $root }，与每个节点相同。{ $seconds } 秒内 { $transactions } 笔交易，每秒 { $rate } 笔。

generate-written = { $path }：{ $orders } 个订单，{ $minutes } 分钟
generate-records-written = { $path }：{ $lines } 行

up-running = 网络正在运行，文件在 { $directory }。请在另一个终端试试：
up-wallet = 建一个自己的钱包，由第一个街道办事处开户（PUBLIC_KEY 和 ACCOUNT 在途中显示）：
up-stop = 按 Ctrl-C 停止。
up-stopping = 正在停止节点

chaos-welcome = { $nodes } 个节点承受负载，种子 { $seed }；文件在 { $directory }
chaos-leftover = 已清除先前中断的试验留下的文件：{ $path }
chaos-refused = 此处不允许：{ $reason }
chaos-shelter-network = 节点位于本次试验专用的网络命名空间，断网时直接拔掉网线。
chaos-shelter-private = 节点位于本机回环地址，由本程序转发连接；挂载点和进程为本次试验专用。
chaos-shelter-open = 节点位于本机回环地址，由本程序转发连接；此处不能挂载文件系统。
chaos-begin = { $kind }：{ $asked } 次
chaos-progress = { $kind }：第 { $times } 次，共 { $asked } 次，{ $seconds } 秒后恢复；已确认 { $acknowledged } 笔交易，高度 { $height }
chaos-checking = 正在读取并审计每个节点的每个区块
chaos-kind-kill = 强行杀掉（kill -9）
chaos-kind-pause = 节点停顿
chaos-kind-partition = 网络分区
chaos-kind-slow = 缓慢且丢失数据的线路
chaos-kind-rolling = 逐个重启
chaos-kind-wipe = 数据被清空的节点
chaos-kind-disk = 磁盘已满
chaos-column-kind = 故障
chaos-column-times = 次数
chaos-column-median = 恢复用时中位数
chaos-column-longest = 最长
chaos-left-out = 未进行：{ $kind }，{ $asked } 次中只做了 { $times } 次：{ $reason }
chaos-left-out-mount = 此处不能挂载文件系统
chaos-left-out-time = 时间已到
chaos-transactions = 交易：提交 { $submitted } 笔，确认 { $acknowledged } 笔，在每个节点上恰好生效一次 { $once } 笔，丢失 { $lost } 笔，重复 { $doubled } 笔；{ $blocks } 个区块
chaos-memory = 各节点内存峰值：{ $peaks } MiB（上限 { $most } MiB）
chaos-fault = 有误：{ $reason }
chaos-stray = 仍有 { $count } 个节点在运行，已结束
chaos-kept = 文件保留在 { $path }
chaos-killed = 试验以 { $status } 结束
chaos-passed = 通过：{ $seconds } 秒内经历 { $injected } 次故障；没有丢失，没有重复，所有节点一致。
chaos-incomplete = 部分通过：{ $seconds } 秒内经历 { $injected } 次故障，没有丢失，没有重复，所有节点一致；有的故障未进行，见上。
chaos-failed = 失败：经历 { $injected } 次故障，用时 { $seconds } 秒；有 { $faults } 处不符合要求，见上。

about = 在一台机器上试验整套系统：演示、参考负载、重放。
about-demo = 四个办事处，一本账：建城、服务、兑换、杀节点、试舞弊、对账，自行结束。
about-up = 启动四个节点和演示城市，并保持运行。
about-generate = 写一个文件：参考负载 `nanjing`，或演示用的纸质记录 `records`。
about-replay = 把负载文件送入四个节点，每单四笔交易，由各自的签名人签名。
about-audit = 之后以审计员身份重新执行整条链并比较
about-hold = 让节点继续运行，直到 Ctrl-C
about-chaos = 让真实节点承受负载，同时被杀掉、停顿、断网、变慢、重启、清空数据、写满磁盘，最后核对每个节点的每个区块。见 docs/chaos.md。
about-chaos-nodes = 节点数。
about-chaos-kill-rounds = 杀掉节点的次数。
about-chaos-minutes = 多少分钟后不再开始新的故障；不给出时由杀掉的次数决定。
about-chaos-only = 只做这些故障：kill、pause、partition、slow、rolling、wipe、disk。
about-chaos-seed = 故障落在谁身上、持续多久，由它决定。
about-chaos-placement = 节点位于网络命名空间（namespaces）或本机回环地址（loopback）；auto 按系统允许的最好方式。
about-chaos-short = 其他故障只做一次，或每种情形各一次。
about-chaos-keep = 保留节点的文件。
about-chaos-require-all = 有要求的故障未能进行时，以代码 3 结束。
about-directory = 节点文件所在目录；不给出时用临时目录。
about-output = 要写的文件。
about-seed = 虚构内容由它决定。
about-what = `nanjing` 或 `records`。
about-file = 负载文件，见 docs/load-files.md。
about-lang = 语言：zh 或 en；不给出时取自系统区域设置。
failed = 失败：{ $reason }

bench-prepare = { $nodes } 个节点，{ $accounts } 个账户；{ $pairs } 对亲属建立关系并获得时长
bench-started = 节点已就绪
bench-growing = 正在开户：{ $opened }／{ $all }
bench-prepared = 准备完毕
bench-knee = { $mix }：拐点为每秒 { $rate } 笔
bench-refused = 账本拒绝了来得太晚的交易，第一笔是 { $reason }
bench-written = 结果已写入 { $path }
bench-postgres-start = { $version } 正在启动，使用自己的账户
bench-run = { $mix }，每秒送出 { $offered } 笔：所有节点每秒确认 { $finalised } 笔，p50 { $p50 } 毫秒，p99 { $p99 } 毫秒；未确认 { $lost } 笔
bench-turn = 第 { $turn } 轮：本网络每秒 { $ours } 笔赠与，PostgreSQL 每秒 { $theirs } 笔
bench-ratio = 中位数：本网络每秒 { $ours } 笔赠与，PostgreSQL 每秒 { $theirs } 笔；比值 { $ratio }
bench-postgres-missing = 没有安装 PostgreSQL，或安装不全：程序 initdb、postgres、psql、pgbench 在 /usr/lib/postgresql/*/bin、/usr/pgsql-*/bin、/usr/bin 和 /usr/local/bin 中查找。安装方法：apt-get install postgresql postgresql-contrib（Debian、Ubuntu），dnf install postgresql-server postgresql-contrib（Fedora）。不需要已有服务器在运行：比较时会自行启动一个。
bench-column-mix = 负载
bench-column-offered = 送出/秒
bench-column-finalised = 确认/秒
bench-column-p50 = p50 毫秒
bench-column-p99 = p99 毫秒
bench-column-p999 = p99.9 毫秒
bench-column-gap = 最长间隔 毫秒
bench-column-processor = 处理器 微秒/笔
bench-column-driver = 发送端 微秒/笔
bench-column-network = 网络 字节/笔
bench-column-disk = 磁盘 字节/笔
bench-column-memory = 内存 MB
about-bench = 以开环负载测量本机四个节点的网络能做多少：先找拐点，再测其 20 %、50 %、80 %
about-bench-long =
    以开环负载测量本机四个节点的网络能做多少。

    交易按固定速率到达，不管先前的是否完成。延迟从应当送出的时刻算起。只有四个节点都能从区块中给出的交易才算数；速率指在测量窗口内最终确认的交易（不多于窗口内到期的交易）。

    拐点是网络跟得上的最大速率：在完整长度的窗口里，送出的全部在所有节点上最终确认；窗口内到期的至少 97 % 在窗口内确认；窗口最后五分之一内到期的，有一半在 500 毫秒内确认。跟不上的速率会再试一次才算过大。速率精确到 5 % 以内。
about-bench-mix = 送出什么；可重复给出（默认三种都测）
about-bench-pairs = 参与发送的配对数
about-bench-seconds = 每次测量的秒数
about-bench-accounts = 城市的账户数
about-bench-rate = 只以此速率（每秒笔数）测一次，不寻找拐点
about-bench-output = 将结果以 JSON 写入此文件
about-bench-vs-postgres = 与做同样复式记账的 PostgreSQL 轮流运行，并给出比值
