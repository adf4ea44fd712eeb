# What the trial program says.
demo-welcome = Timebank Ledger: four street offices, one book. Files are in { $directory }.
demo-start = Starting { $count } nodes
demo-node = Node { $node } is ready at { $url }
demo-rules = The city sets its catalogue of services and its policy
demo-staff = Districts, street offices and service points get their staff, each a person with an account
demo-accounts = { $people } residents have accounts, one of them without a phone
demo-import = A street office imports its paper records from { $path }
demo-imported = { $records } records are verified and paid: { $minutes } min
demo-kin = In Gulou the daughter has { $minutes } min; her mother in Xuanwu asks for care of 90 min
demo-killed = Node { $node } is killed in the middle of it
demo-caught-up = Node { $node } has started again and caught up to height { $height }
demo-kin-paid = The daughter's hours have paid { $paid } min for her mother; { $returned } min came back to her
demo-redeemed = A volunteer of Qinhuai redeemed goods in Jianye: { $before } min before, { $after } min after
demo-same-office = The clerk's own office may not verify what the clerk posted: { $reason }
demo-cao = Grandmother Cao, who has no phone, was served; another service point verified it
demo-frauds = Frauds that must be refused:
demo-fraud-overlap = - two services at once in two districts: refused ({ $code }). { $reason }
demo-fraud-kin = - a verifier who is kin of the provider: refused ({ $code }). { $reason }
demo-fraud-twice = - 60 min spent twice at two offices at once: one order stands, the other is refused ({ $code }). { $reason }
demo-compare = Balances in minutes, each proven to a wallet by every node:
demo-node-title = node { $node }
demo-root = node { $node } at height { $height }: state root { $root }
demo-conservation = Conservation: issued { $issued } = spendable { $spendable } + held { $held } + pools { $pools } + redeemed { $redeemed } + expired { $expired } + voided { $voided }
demo-stopped = { $count } nodes have stopped as they were asked
demo-done = Everything agreed. It took { $seconds } s.

replay-read = { $path }: { $orders } orders, { $minutes } min, { $volunteers } volunteers, { $elders } elders
replay-budget = The city opens a budget line of { $minutes } min
replay-accounts = Opening accounts: { $applied } transactions applied, { $rate } a second, { $rate_now } now
replay-orders = { $orders } of { $orders_all } orders done, { $applied } transactions applied, { $rate } a second, { $rate_now } now
replay-settling = Waiting for the last settlements
replay-node = node { $node } at height { $height }: issued by service { $issued } min, issued { $total } = accounted { $accounted }, state root { $root }
replay-report = { $orders } orders of { $volunteers } volunteers for { $elders } elders in { $districts } districts: { $minutes } min issued by service. { $applied } transactions in { $seconds } s, { $rate } a second. All nodes agree.
audit-progress = Executing the chain again: block { $height }, { $rate } transactions a second
audit-report = Executed again from genesis: height { $height }, state root { $root }, the same on every node. { $transactions } transactions in { $seconds } s, { $rate } a second.

generate-written = { $path }: { $orders } orders, { $minutes } min
generate-records-written = { $path }: { $lines } lines

up-running = The network is running; its files are in { $directory }. Try, in another terminal:
up-wallet = A wallet of your own, with an account that the first street office opens (PUBLIC_KEY and ACCOUNT are shown on the way):
up-stop = Ctrl-C stops it.
up-stopping = Stopping the nodes

chaos-welcome = { $nodes } nodes under load, seed { $seed }; files are in { $directory }
chaos-leftover = Left behind by a trial that no longer runs, removed: { $path }
chaos-refused = Not allowed here: { $reason }
chaos-shelter-network = Nodes live in network namespaces of this trial; cables are pulled.
chaos-shelter-private = Nodes live on loopback, connected by lines through this program; mounts and processes are this trial's own.
chaos-shelter-open = Nodes live on loopback, connected by lines through this program; nothing can be mounted.
chaos-begin = { $kind }: × { $asked }
chaos-progress = { $kind }: { $times } of { $asked }, recovered after { $seconds } s; { $acknowledged } transactions acknowledged, height { $height }
chaos-checking = Reading and auditing every block of every node
chaos-kind-kill = kill -9
chaos-kind-pause = nodes standing still
chaos-kind-partition = partition
chaos-kind-slow = slow and lossy line
chaos-kind-rolling = rolling restart
chaos-kind-wipe = wiped node
chaos-kind-disk = full disk
chaos-column-kind = fault
chaos-column-times = times
chaos-column-median = recovery, median
chaos-column-longest = longest
chaos-left-out = NOT RUN: { $kind }, { $times } of { $asked } times: { $reason }
chaos-left-out-mount = no volume may be mounted here
chaos-left-out-time = the time was up
chaos-transactions = Transactions: { $submitted } submitted, { $acknowledged } acknowledged, { $once } applied exactly once on every node, { $lost } lost, { $doubled } doubled; { $blocks } blocks
chaos-memory = Memory of each node at most: { $peaks } MiB (allowed: { $most } MiB)
chaos-fault = WRONG: { $reason }
chaos-stray = { $count } nodes were still running and were ended
chaos-kept = The files stay in { $path }
chaos-killed = The trial ended with { $status }
chaos-passed = PASSED: { $injected } faults in { $seconds } s; nothing lost, nothing doubled, all nodes agree.
chaos-incomplete = PASSED IN PART: { $injected } faults in { $seconds } s, nothing lost, nothing doubled, all nodes agree; some faults were not run, see above.
chaos-failed = FAILED after { $injected } faults and { $seconds } s: { $faults } things are not as they must be, see above.

about = Trials of the whole on one machine: demonstration, reference loads, replay.
about-demo = Four offices, one book: sets a city up, serves, redeems, kills a node, tries frauds, compares. Ends by itself.
about-up = Starts four nodes with the demonstration's city and leaves them running.
about-generate = Writes a file: the reference load `nanjing`, or the paper `records` of the demonstration.
about-replay = Drives a load file through four nodes, each order as four transactions by their own signers.
about-audit = Afterwards execute the whole chain again as an auditor, and compare
about-hold = Leave the nodes running until Ctrl-C
about-chaos = Real nodes under load while they are killed, paused, cut off, slowed down, restarted, wiped and run out of disk; then every block of every node is checked. See docs/chaos.md.
about-chaos-nodes = How many nodes.
about-chaos-kill-rounds = How often nodes are killed.
about-chaos-minutes = After so many minutes no further fault begins; from the number of kills when not given.
about-chaos-only = Only these kinds of faults: kill, pause, partition, slow, rolling, wipe, disk.
about-chaos-seed = Whom faults hit, and for how long, depends on it.
about-chaos-placement = Nodes in network namespaces, on loopback, or in the best place the system allows.
about-chaos-short = Each other fault only once, or once in each of its variants.
about-chaos-keep = Leave the nodes' files where they are.
about-chaos-require-all = End with code 3 when a fault that was asked for could not be run.
about-directory = Where the nodes' files go; a temporary directory when not given.
about-output = The file to write.
about-seed = What is made up depends on it.
about-what = `nanjing` or `records`.
about-file = A load file; see docs/load-files.md.
about-lang = Language: zh or en; from the locale when not given.
failed = It failed: { $reason }

bench-prepare = { $nodes } nodes with { $accounts } accounts; { $pairs } pairs become kin and get minutes
bench-started = The nodes are ready
bench-growing = Opening accounts: { $opened } of { $all }
bench-prepared = Everything is prepared
bench-knee = { $mix }: the knee is at { $rate } a second
bench-refused = The ledger refused what came too late, first { $reason }
bench-written = The results are in { $path }
bench-postgres-start = { $version } starts, with accounts of its own
bench-run = { $mix }, { $offered } a second offered: { $finalised } a second final on all nodes, p50 { $p50 } ms, p99 { $p99 } ms; { $lost } not final
bench-turn = Turn { $turn }: this network { $ours } gifts a second, PostgreSQL { $theirs }
bench-ratio = Medians: this network { $ours } gifts a second, PostgreSQL { $theirs }; ratio { $ratio }
bench-postgres-missing = PostgreSQL is not installed, or not all of it: initdb, postgres, psql and pgbench are looked for in /usr/lib/postgresql/*/bin, /usr/pgsql-*/bin, /usr/bin and /usr/local/bin. To install it: apt-get install postgresql postgresql-contrib (Debian, Ubuntu), dnf install postgresql-server postgresql-contrib (Fedora). No server needs to run: the comparison starts one of its own.
bench-column-mix = mix
bench-column-offered = offered/s
bench-column-finalised = final/s
bench-column-p50 = p50 ms
bench-column-p99 = p99 ms
bench-column-p999 = p99.9 ms
bench-column-gap = longest gap ms
bench-column-processor = CPU µs/tx
bench-column-driver = driver µs/tx
bench-column-network = network B/tx
bench-column-disk = disk B/tx
bench-column-memory = memory MB
about-bench = Measures what a network of four nodes on this machine can do, with open-loop load: the knee, then 20, 50 and 80 % of it
about-bench-long =
    Measures what a network of four nodes on this machine can do, with open-loop load.

    Transactions arrive at a fixed rate whether or not earlier ones are done. Latency counts from the moment one was to be sent. Only what all four nodes give back from their blocks counts, and a rate is that of transactions that became final within the measured window (never more than fell due in it).

    The knee is the greatest rate the network keeps up with: in a window of full length everything that was sent is final on all nodes, at least 97 % of what fell due in the window is final in it, and of what fell due in its last fifth half is final within 500 ms. A rate that was not kept up with is tried once more before it counts as too much. The rate is found to within 5 %.
about-bench-mix = What is sent; may be given several times (default: all three)
about-bench-pairs = Pairs of people who send
about-bench-seconds = Seconds of each measured run
about-bench-accounts = Accounts the city has
about-bench-rate = One run at this many transactions a second, without looking for the knee
about-bench-output = Write the results as JSON to this file
about-bench-vs-postgres = Run in turns with PostgreSQL doing the same double entry durably, and print the ratio
