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

generate-written = { $path }: { $orders } orders, { $minutes } min
generate-records-written = { $path }: { $lines } lines

up-running = The network is running; its files are in { $directory }. Try, in another terminal:
up-stop = Ctrl-C stops it.
up-stopping = Stopping the nodes
about = Trials of the whole on one machine: demonstration, reference loads, replay.
about-demo = Four offices, one book: sets a city up, serves, redeems, kills a node, tries frauds, compares. Ends by itself.
about-up = Starts four nodes with the demonstration's city and leaves them running.
about-generate = Writes a file: the reference load `nanjing`, or the paper `records` of the demonstration.
about-replay = Drives a load file through four nodes, each order as four transactions by their own signers.
about-directory = Where the nodes' files go; a temporary directory when not given.
about-output = The file to write.
about-seed = What is made up depends on it.
about-what = `nanjing` or `records`.
about-file = A load file; see docs/load-files.md.
about-lang = Language: zh or en; from the locale when not given.
failed = It failed: { $reason }
