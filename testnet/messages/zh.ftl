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

generate-written = { $path }：{ $orders } 个订单，{ $minutes } 分钟
generate-records-written = { $path }：{ $lines } 行

up-running = 网络正在运行，文件在 { $directory }。请在另一个终端试试：
up-stop = 按 Ctrl-C 停止。
up-stopping = 正在停止节点
about = 在一台机器上试验整套系统：演示、参考负载、重放。
about-demo = 四个办事处，一本账：建城、服务、兑换、杀节点、试舞弊、对账，自行结束。
about-up = 启动四个节点和演示城市，并保持运行。
about-generate = 写一个文件：参考负载 `nanjing`，或演示用的纸质记录 `records`。
about-replay = 把负载文件送入四个节点，每单四笔交易，由各自的签名人签名。
about-directory = 节点文件所在目录；不给出时用临时目录。
about-output = 要写的文件。
about-seed = 虚构内容由它决定。
about-what = `nanjing` 或 `records`。
about-file = 负载文件，见 docs/load-files.md。
about-lang = 语言：zh 或 en；不给出时取自系统区域设置。
failed = 失败：{ $reason }
