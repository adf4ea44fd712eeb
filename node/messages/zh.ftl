# 节点对运维人员说的话。编号、属性和参数与 en.ftl 一致，由测试比对。

## 配置

config_missing = 找不到配置文件 { $path }。
    .remedy = 用以下命令生成：timebank-node init --home <目录>
config_unreadable = 无法读取配置文件 { $path }：{ $reason }。
    .remedy = 请检查文件的属主、权限和编码（UTF-8）。
config_syntax = { $path } 第 { $line } 行不是合法的 TOML：{ $reason }。
    .remedy = 请改正这一行。
config_unknown_key = { $origin } 中有未知的配置项 { $key }。
    .remedy = 请删除它；是否想写 { $nearest }？
config_invalid = { $origin } 中的 { $key } = { $value } 不对，应为{ $expected }。
    .remedy = 请在文件中改正 { $key }，或设置环境变量 { $variable }。
expected_path = 一个路径
expected_chain_id = 64 位十六进制的链编号
expected_engine = redb（sled 需要以 sled 特性编译）
expected_engine_with_sled = redb 或 sled
expected_listen_address = 带端口的 IP 地址，例如 127.0.0.1:7180
expected_peers = 至多 128 个节点的列表，每项形如 "<64 位十六进制节点公钥>@<主机>:<端口>"
expected_peer_keys = 至多 128 个 64 位十六进制节点公钥的列表
expected_log_format = text 或 json
expected_log_level = 日志级别，例如 info，或按模块 info,timebank_node::network=debug
expected_transactions = 1 到 1000000 之间的数
expected_bytes = 65536 到 4294967296 之间的字节数
expected_timeout = 1 到 600000 之间的毫秒数
expected_heartbeat = 0（从不）或 1000 到 86400000 之间的毫秒数

## 密钥文件

key_missing = 找不到密钥文件 { $path }。
    .remedy = 请从保管处恢复，或新建节点：timebank-node init --home <目录>
key_mode = 密钥文件 { $path } 的权限是 { $mode }，其他人不得有任何权限。
    .remedy = 请执行：chmod 600 { $path }
key_malformed = 密钥文件 { $path } 的内容不是 64 位十六进制数。
    .remedy = 请从保管处恢复。
key_exists = 密钥文件 { $path } 已存在，不会覆盖。
    .remedy = 请另选目录；确信无人需要它时，可将其移走。
key_io = 无法使用密钥文件 { $path }：{ $reason }。
    .remedy = 请检查文件与目录的权限以及磁盘。
key_randomness = 系统无法提供随机数：{ $reason }。
    .remedy = 请检查进程能否使用 /dev/urandom。
keys_same = 共识密钥 { $consensus } 与节点密钥 { $peer } 是同一把密钥。
    .remedy = 请新建节点：timebank-node init --home <目录>；两把密钥用途不同。

## 创世文件

genesis_unreadable = 无法读取创世文件 { $path }：{ $reason }。
    .remedy = 请向市级机构索取并放到该处，或设置 chain.genesis。
genesis_too_long = 创世文件 { $path } 超过 { $bytes_max } 字节。
    .remedy = 请向市级机构索取正确的文件。
genesis_malformed = { $path } 不是创世文件：{ $reason }。
    .remedy = 请向市级机构索取正确的文件。
genesis_invalid = 创世文件 { $path } 不能作为链的起点：{ $reason }。
    .remedy = 请向市级机构索取更正后的文件。
genesis_wrong_chain = 创世文件 { $path } 对应的链是 { $actual }，而不是 { $expected }。
    .remedy = 请向市级机构索取链 { $expected } 的文件；若这一份才正确，请更正 chain.id。

## 地址与数据

listen_occupied = { $key } = { $address }：该地址已被其他进程占用。
    .remedy = 请停止该进程，或将 { $key }（或 { $variable }）改为空闲地址。
listen_failed = { $key } = { $address } 无法监听：{ $reason }。
    .remedy = 请将 { $key }（或 { $variable }）改为本机的地址。
listen_same = api.listen 与 network.listen 都是 { $address }。
    .remedy = 请为其中一个另选端口。
storage_io = 对 { $path } 的文件操作（{ $action }）失败：{ $reason }。
    .remedy = 请检查磁盘是否正常、节点是否有权写入，然后重新启动节点。
storage_full = 磁盘空间不足，无法写入 { $path }（{ $action }）：{ $reason }。
    .remedy = 已确认的内容不会丢失。请释放空间或扩大磁盘，然后重新启动节点。
storage_locked = { $path } 正被其他进程使用。
    .remedy = 请停止那个节点，或为本节点另设数据目录（storage.directory）。
storage_wrong_chain = { $path } 属于链 { $actual }，而创世文件对应的链是 { $expected }。
    .remedy = 请使用正确的创世文件，或另设数据目录（storage.directory）。
storage_wrong_format = { $path } 的存储格式是 { $actual }，本程序只能读取格式 { $expected }。
    .remedy = 请运行写入它的版本；或以 --resync 运行一次节点，将其移开并从其他节点重新获取区块。
storage_block_damaged = 区块数据库 { $path } 在高度 { $height } 已损坏：{ $reason }。节点不提供已损坏的区块。
    .remedy = 请检查磁盘，然后以 --resync 运行一次节点，将该文件移开并从其他节点重新获取区块。
storage_blocks_damaged = 区块数据库 { $path } 已损坏：{ $reason }。
    .remedy = 请检查磁盘，然后以 --resync 运行一次节点，将该文件移开并从其他节点重新获取区块。
storage_state_damaged = 状态数据库 { $path } 已损坏：{ $reason }。
    .remedy = 请重新启动节点：它会自行从区块重建状态。
storage_wal_damaged = 共识日志 { $path } 在第 { $offset } 字节处已损坏：{ $reason }。本节点发出的投票可能随之丢失。
    .remedy = 请检查磁盘，然后以 --resync 运行一次节点：日志将被移开，节点先旁观再重新投票。
storage_wal_full = 共识日志 { $path } 在高度 { $height } 将增至 { $bytes } 字节，超过允许的 { $bytes_max } 字节。
    .remedy = 网络无法就该高度作出决定：请查明验证者为何不一致。
storage_bug = 存储的使用方式有误：{ $reason }。
    .remedy = 请重新启动节点；若再次发生，请报告。

## init

init_kept = { $path } 已存在，保持不变。
init_not_written = 无法写入 { $path }：{ $reason }。
    .remedy = 请检查目录权限和磁盘。
init_done = { $home } 中的节点已就绪，可以登记。
init_send =
    请将以下公钥发给市级机构，由其登记为验证者：
      共识公钥  { $consensus_key }
      节点公钥  { $peer_key }
      验证者    { $address }
init_next =
    然后放好 genesis.json，在 { $config } 中填写其他节点，检查：
      timebank-node config check --home { $home }
    再启动：
      timebank-node run --home { $home }

template_head =
    时间银行账本节点的配置。每一项都可用环境变量覆盖，例如 api.listen 对应 TIMEBANK_API_LISTEN。
    相对路径从本目录算起。
    检查：timebank-node config check --home <目录>
template_chain = 创世文件，以及它应有的链编号。
template_listen = 其他节点连接的地址。
template_peers =
    要连接的节点："<64 位十六进制节点公钥>@<主机>:<端口>"。请列出已知的所有节点；
    任意两个节点中至少有一个要知道另一个。
template_observers = 不是验证者但允许连接的节点的公钥。
template_api = 钱包和街道办连接的地址。对外开放时请在前面放置 TLS 代理。
template_log = format：text 或 json。level：error、warn、info、debug、trace，或按模块设置。
template_storage = 区块与状态的存放处，以及状态所用的数据库：redb，或（如编译时包含）sled。
template_mempool = 此处最多等待多少笔交易、多少字节。
template_heartbeat = 至少隔这么久出一个空块，使轻客户端保持新鲜；0 表示从不。

## config check

check_chain = 创世文件：链 { $chain_id }。
check_keys = 密钥：共识 { $consensus_key }，节点 { $peer_key }。
check_founding_validator = 本节点是创始验证者之一。
check_no_founding_validator = 本节点不是创始验证者：只跟随，待市级机构登记其公钥后参与投票。
check_other_peer_key = 注意：创世文件为该验证者登记的是另一个节点公钥 { $peer_key }；除非验证者集合此后有变，其他节点会拒绝本节点。
check_no_peers = 注意：network.bootstrap_peers 为空，本节点只能等待其他节点来连接。
check_done = 配置无误。网络 { $network }，接口 { $api }，数据在 { $data }。

## run

run_started = 节点已运行：网络 { $network }，接口 { $api }。
run_stopped = 节点已停止。
run_set_aside = 来自链的数据已移到 { $path }；节点将从其他节点重新获取。
run_no_logs = 无法写日志：{ $reason }。
    .remedy = 请更正 log.format 和 log.level。
run_halted = 节点已自行停止：{ $reason }。
    .remedy = 已确认的内容都没有丢失。请排除原因后重新启动节点。
run_upgrade_needed = 节点已在区块 { $height } 之前停止：从今天起链按规则版本 { $required } 运行，本程序只认识版本 { $known }。
    .remedy = 已确认的内容不会丢失。请安装认识规则版本 { $required } 的 timebank-node，再用原来的目录启动。
run_failed = 节点出错：{ $reason }。
    .remedy = 请重新启动；若再次发生，请报告。

## 帮助

help_about = 时间银行账本的节点：与其他街道办的节点一起记好全市的时间账。
help_lang = 显示语言；不指定时由系统语言环境决定
help_home = 节点的主目录
help_init = 生成密钥和配置，并显示应发给市级机构的内容
help_genesis = 市级机构给的创世文件
help_run = 运行节点，直到收到停止信号（SIGTERM 或 Ctrl-C）
help_resync = 将损坏的区块移到一边，并从其他节点重新获取
help_rebuild_state = 丢弃派生状态并从区块重建
help_config = 处理配置
help_check = 检查配置、密钥、创世文件、数据目录和端口
help_examples =
    示例：
      timebank-node init --home /var/lib/timebank --genesis genesis.json
      timebank-node config check --home /var/lib/timebank
      timebank-node run --home /var/lib/timebank

    退出码：0 成功，1 失败，2 命令行或配置有误，3 链已按本程序不认识的规则版本运行。
help_init_examples =
    示例：
      timebank-node init --home /var/lib/timebank --genesis genesis.json

    已有的文件保持不变，密钥尤其如此。
help_run_examples =
    示例：
      timebank-node run --home /var/lib/timebank
      TIMEBANK_LOG_FORMAT=json TIMEBANK_API_LISTEN=0.0.0.0:7180 timebank-node run --home /var/lib/timebank
help_check_examples =
    示例：
      timebank-node config check --home /var/lib/timebank --lang zh
