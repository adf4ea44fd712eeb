# What the node says to its operator. The same ids, attributes and values as in zh.ftl; the tests compare them.

## Configuration

config_missing = There is no configuration file { $path }.
    .remedy = Make one with: timebank-node init --home <DIRECTORY>
config_unreadable = The configuration file { $path } cannot be read: { $reason }.
    .remedy = Check the file's owner, rights and encoding (UTF-8).
config_syntax = { $path } is not TOML at line { $line }: { $reason }.
    .remedy = Correct that line.
config_unknown_key = { $origin } has an unknown key { $key }.
    .remedy = Remove it; or was { $nearest } meant?
config_invalid = { $key } = { $value } in { $origin } is not { $expected }.
    .remedy = Correct { $key } in the file, or set { $variable }.
expected_path = a path
expected_chain_id = a chain id of 64 hex digits
expected_engine = redb or memory (sled needs a build with the feature sled)
expected_engine_with_sled = redb, sled or memory
expected_listen_address = an IP address with a port, such as 127.0.0.1:7180
expected_peers = a list of at most 128 peers such as "<peer key, 64 hex digits>@<host>:<port>"
expected_peer_keys = a list of at most 128 peer keys of 64 hex digits
expected_log_format = text or json
expected_log_level = a level such as info, or levels by module such as info,timebank_node::network=debug
expected_transactions = a number between 1 and 1000000
expected_bytes = a number of bytes between 65536 and 4294967296
expected_timeout = a number of milliseconds between 1 and 600000
expected_heartbeat = 0 (never) or a number of milliseconds between 1000 and 604800000

## Key files

key_missing = There is no key file { $path }.
    .remedy = Restore it from where you keep it, or make a new node with: timebank-node init --home <DIRECTORY>
key_mode = The key file { $path } has mode { $mode }; others must have no right on it.
    .remedy = Run: chmod 600 { $path }
key_malformed = The key file { $path } does not hold 64 hex digits.
    .remedy = Restore it from where you keep it.
key_exists = The key file { $path } exists and is not overwritten.
    .remedy = Choose another directory, or move the file away if you are sure that nobody needs it.
key_io = The key file { $path } cannot be used: { $reason }.
    .remedy = Check the rights of the file and its directory, and the disk.
key_randomness = The system gives no random numbers: { $reason }.
    .remedy = Check that /dev/urandom is available to the process.
