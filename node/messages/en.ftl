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
expected_engine = redb (sled needs a build with the feature sled)
expected_engine_with_sled = redb or sled
expected_listen_address = an IP address with a port, such as 127.0.0.1:7180
expected_peers = a list of at most 128 peers such as "<peer key, 64 hex digits>@<host>:<port>"
expected_peer_keys = a list of at most 128 peer keys of 64 hex digits
expected_log_format = text or json
expected_log_level = a level such as info, or levels by module such as info,timebank_node::network=debug
expected_transactions = a number between 1 and 1000000
expected_bytes = a number of bytes between 65536 and 4294967296
expected_timeout = a number of milliseconds between 1 and 600000
expected_heartbeat = 0 (never) or a number of milliseconds between 1000 and 86400000

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
keys_same = The consensus key { $consensus } and the peer key { $peer } are the same key.
    .remedy = Make a new node with: timebank-node init --home <DIRECTORY>; the two keys serve different purposes.

## Genesis document

genesis_unreadable = The genesis document { $path } cannot be read: { $reason }.
    .remedy = Get it from the city and put it there, or set chain.genesis.
genesis_too_long = The genesis document { $path } has more than { $bytes_max } bytes.
    .remedy = Get the right document from the city.
genesis_malformed = { $path } is no genesis document: { $reason }.
    .remedy = Get the right document from the city.
genesis_invalid = The genesis document { $path } cannot begin a chain: { $reason }.
    .remedy = Get a corrected document from the city.
genesis_wrong_chain = The genesis document { $path } makes chain { $actual }, not { $expected }.
    .remedy = Get the document of chain { $expected } from the city, or correct chain.id if this one is right.

## Addresses and data

listen_occupied = { $key } = { $address }: another process listens there already.
    .remedy = Stop that process, or set { $key } (or { $variable }) to a free address.
listen_failed = { $key } = { $address } cannot be listened on: { $reason }.
    .remedy = Set { $key } (or { $variable }) to an address of this machine.
listen_same = api.listen and network.listen are both { $address }.
    .remedy = Give one of them another port.
storage_io = The file operation “{ $action }” on { $path } failed: { $reason }.
    .remedy = Check that the disk works and that the node may write there, then start the node again.
storage_full = There is no space left to { $action } { $path }: { $reason }.
    .remedy = Nothing acknowledged is lost. Free space or enlarge the volume, then start the node again.
storage_locked = { $path } is used by another process.
    .remedy = Stop that node, or give this one a data directory of its own (storage.directory).
storage_wrong_chain = { $path } belongs to chain { $actual }, but the genesis document makes chain { $expected }.
    .remedy = Use the right genesis document, or another data directory (storage.directory).
storage_wrong_format = { $path } has storage format { $actual }; this build reads format { $expected }.
    .remedy = Run the release that wrote it, or run the node once with --resync to set it aside and fetch the blocks from its peers.
storage_block_damaged = The block database { $path } is damaged at height { $height }: { $reason }. The node does not serve damaged blocks.
    .remedy = Check the disk, then run the node once with --resync to set the file aside and fetch the blocks from its peers.
storage_blocks_damaged = The block database { $path } is damaged: { $reason }.
    .remedy = Check the disk, then run the node once with --resync to set the file aside and fetch the blocks from its peers.
storage_state_damaged = The state database { $path } is damaged: { $reason }.
    .remedy = Start the node again: it rebuilds the state from its blocks by itself.
storage_wal_damaged = The consensus log { $path } is damaged at byte { $offset }: { $reason }. Votes this node sent may be lost with it.
    .remedy = Check the disk, then run the node once with --resync, which sets the log aside and makes the node observe before it votes again.
storage_wal_full = The consensus log { $path } would grow to { $bytes } bytes at height { $height }, more than the { $bytes_max } allowed.
    .remedy = The network cannot decide this height: see why its validators do not agree.
storage_bug = The storage was used wrongly: { $reason }.
    .remedy = Start the node again; report it if it happens once more.

## init

init_kept = { $path } is there already and stays as it is.
init_not_written = { $path } cannot be written: { $reason }.
    .remedy = Check the rights of the directory and the disk.
init_done = The node in { $home } is ready to be registered.
init_send =
    Send these public keys to the city, which enters them in the set of validators:
      consensus key  { $consensus_key }
      peer key       { $peer_key }
      validator      { $address }
init_next =
    Then put genesis.json and the other nodes' peers into place ({ $config }), check with
      timebank-node config check --home { $home }
    and start with
      timebank-node run --home { $home }

template_head =
    Configuration of a Timebank Ledger node. Every key can be overridden by an environment variable:
    api.listen by TIMEBANK_API_LISTEN, and so on. Relative paths start at this directory.
    Check with: timebank-node config check --home <DIRECTORY>
template_chain = The genesis document, and the chain id it must have.
template_listen = Where other nodes connect.
template_peers =
    Nodes to call: "<peer key, 64 hex digits>@<host>:<port>". Name every node of the chain that is known;
    of each two nodes one must know the other.
template_observers = Peer keys of further nodes that may connect without being validators.
template_api = Where wallets and offices connect. Put a TLS proxy before it when they come from outside.
template_log = format: text or json. level: error, warn, info, debug, trace, or by module.
template_storage = Where blocks and state are kept, and the database of the state: redb, or sled in builds that have it.
template_mempool = How many transactions wait here, and how many bytes.
template_heartbeat = An empty block at least so often keeps light clients fresh; 0 means never.

## config check

check_chain = Genesis document: chain { $chain_id }.
check_keys = Keys: consensus { $consensus_key }, peer { $peer_key }.
check_founding_validator = This node is one of the founding validators.
check_no_founding_validator = This node is no founding validator: it follows, and votes once the city has entered its keys.
check_other_peer_key = Attention: the genesis document names another peer key for this validator, { $peer_key }; other nodes will refuse this one unless the set has changed since.
check_no_peers = Attention: network.bootstrap_peers is empty; this node waits to be called by others.
check_done = The configuration is in order. Network { $network }, API { $api }, data in { $data }.

## run

run_started = The node runs: network { $network }, API { $api }.
run_stopped = The node has stopped.
run_set_aside = What came from the chain was set aside in { $path }; the node fetches it anew from its peers.
run_no_logs = Logs cannot be written: { $reason }.
    .remedy = Correct log.format and log.level.
run_halted = The node has stopped itself: { $reason }.
    .remedy = Nothing that was acknowledged is lost. Remedy the cause, then start the node again.
run_upgrade_needed = The node has stopped before height { $height }: from today on the chain follows version { $required } of the rules, and this program knows version { $known }.
    .remedy = Nothing that was acknowledged is lost. Install a timebank-node that knows version { $required }, then start it with the same home.
run_failed = The node has failed: { $reason }.
    .remedy = Start it again; report it if it happens once more.

## Help

help_about = A node of the Timebank Ledger: it keeps the books of a city's time bank together with the other offices' nodes.
help_lang = Language of what is shown; otherwise the locale decides
help_home = The node's home directory
help_init = Makes keys and a configuration, and shows what to send to the city
help_genesis = The genesis document from the city
help_run = Runs the node until it is told to stop (SIGTERM or Ctrl-C)
help_resync = Sets damaged blocks aside and fetches them from the other nodes
help_rebuild_state = Throws the derived state away and rebuilds it from the blocks
help_config = Works on the configuration
help_check = Checks configuration, keys, genesis document, data directory and ports
help_examples =
    Examples:
      timebank-node init --home /var/lib/timebank --genesis genesis.json
      timebank-node config check --home /var/lib/timebank
      timebank-node run --home /var/lib/timebank

    Exit codes: 0 done, 1 failed, 2 command line or configuration wrong, 3 the chain follows rules this program does not know.
help_init_examples =
    Example:
      timebank-node init --home /var/lib/timebank --genesis genesis.json

    What is there already stays as it is, keys above all.
help_run_examples =
    Examples:
      timebank-node run --home /var/lib/timebank
      TIMEBANK_LOG_FORMAT=json TIMEBANK_API_LISTEN=0.0.0.0:7180 timebank-node run --home /var/lib/timebank
help_check_examples =
    Example:
      timebank-node config check --home /var/lib/timebank --lang en
