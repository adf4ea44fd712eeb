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
expected_engine = redb 或 memory（sled 需要以 sled 特性编译）
expected_engine_with_sled = redb、sled 或 memory
expected_listen_address = 带端口的 IP 地址，例如 127.0.0.1:7180
expected_peers = 至多 128 个节点的列表，每项形如 "<64 位十六进制节点公钥>@<主机>:<端口>"
expected_peer_keys = 至多 128 个 64 位十六进制节点公钥的列表
expected_log_format = text 或 json
expected_log_level = 日志级别，例如 info，或按模块 info,timebank_node::network=debug
expected_transactions = 1 到 1000000 之间的数
expected_bytes = 65536 到 4294967296 之间的字节数
expected_timeout = 1 到 600000 之间的毫秒数
expected_heartbeat = 0（从不）或 1000 到 604800000 之间的毫秒数

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
