# What commands mean. A message's name is the path of its command; attributes are named after arguments; .examples shows use.

help-usage = Usage:
help-commands = Commands
help-arguments = Arguments
help-options = Options
help-everywhere = Options of every command
help-examples = Examples:

help = The time bank: asking, acting and signing together
    .config = Configuration file; by default $XDG_CONFIG_HOME/timebank/config.toml
    .profile = Which profile of the configuration to use
    .nodes = Address of a node; may be repeated, the next one is asked when one does not answer
    .genesis = Genesis document: its validators are trusted
    .key = Key file, used with --as or the profile's signer
    .signer = In whose name: an account tba1…, staff 320102005/7, or key:PUBLIC_KEY
    .wallet = Folder of the wallet; by default $XDG_DATA_HOME/timebank/PROFILE
    .password_file = File with the wallet's password on its first line, readable by its owner only; asked for without it
    .state = Folder in which what was proven is kept; by default $XDG_STATE_HOME/timebank/PROFILE
    .sign_as = Sign as someone with a key file; may be repeated; the first asks; key=FILE is the key itself
    .document = Do not submit: write a document for others to sign
    .valid_until = The last time at which it may apply, such as "2026-11-30 18:00"; then no node is needed to write a document
    .wait = How many seconds to wait for a decided block after submitting; 0 does not wait; default 30
    .max_age = How many hours old a proof may be; default 24
    .output = Form of the output: table or json; default table
    .lang = Language: zh or en; by default the profile's, or that of the variable LANG
    .help = Show help
    .version = Show the version
    .examples =
        timebank status --node http://127.0.0.1:7180
        timebank --profile chen account show
        timebank account show tba1… --genesis genesis.json -o json

help-wallet = A resident's own wallet: keys behind a password, brought back by its words
    .examples =
        timebank wallet new
        timebank wallet balance
        timebank wallet card
help-wallet-new = Make a wallet: shows its words once, to be written on paper, then keeps the key behind a password
    .words = How many words: 12 or 24; default 12
    .language = Language of the words: zh or en; by default that of the reader
    .yes = Do not ask for words back; they are printed with the result
    .examples =
        timebank wallet new --words 12 --language zh
        timebank wallet new --yes --password-file password.txt --wallet wallet
help-wallet-restore = Bring a wallet back from its words; a wrong word is named, with those that are near it
    .words_file = A file with the words, - for standard input; asked for without it
    .examples =
        timebank wallet restore
        timebank wallet restore --words-file words.txt --password-file password.txt
help-wallet-attach = Say which account the wallet's key is for; checked against the account's proven record
    .account = The account the office opened
    .examples = timebank wallet attach tba1…
help-wallet-watch = Watch an account without its key: it can be looked at, not signed for
    .account = The account
    .label = What to call it in this wallet; by default its id
    .examples = timebank wallet watch tba1… --label mother
help-wallet-show = Show what is in the wallet: accounts and public keys, no secrets
    .examples = timebank wallet show
help-wallet-balance = Show your balance, checked by yourself: proof, certificate, and how old it is
    .whose = The account, or what it is called in this wallet; by default your own
    .examples =
        timebank wallet balance
        timebank wallet balance tba1… --node https://office1.example --node https://office2.example
help-wallet-history = Show everything that changed the balance, checked to be complete and in order
    .whose = The account, or what it is called in this wallet; by default your own
    .examples = timebank wallet history
help-wallet-orders = Show the account's orders, each one checked
    .whose = The account, or what it is called in this wallet; by default your own
    .ended = Those that have ended, too
    .examples = timebank wallet orders
help-wallet-card = Show the membership card as QR codes; it proves membership and moves no minutes
    .challenge = What the merchant's device shows: the text of its QR code, or a file with it; the card is then good for this merchant only
    .seconds = Without a challenge: for how many seconds the card is good, at most 120; default 60
    .svg = Write the QR codes to files, the first under this name
    .to = Write the card to a file
    .examples =
        timebank wallet card
        timebank wallet card --challenge challenge.txt --svg card.svg
help-wallet-password = Change the wallet's password
    .new_password_file = A file with the new password on its first line; asked for without it
    .examples = timebank wallet password

help-card = Merchants: check a membership card without a network
    .examples =
        timebank card challenge
        timebank card check card.txt
help-card-challenge = Ask a question that only the holder of the key can answer; from now on only its answer is accepted
    .svg = Write the QR code to this file
    .withdraw = Wait for no answer any more
    .examples =
        timebank card challenge
        timebank card challenge --withdraw
help-card-check = Check a card, from a file or a scanner's lines; needs the genesis document, no network
    .file = The card: a file, or - for the lines of a scanner
    .examples =
        timebank card check card.txt --genesis genesis.json
        timebank card check -

help-certificate = Certificates of service: what a volunteer gave, for an employer or a school
    .examples =
        timebank certificate make --from 2026-01 --to 2026-12 certificate.json
        timebank verify certificate.json --genesis genesis.json
help-certificate-make = Make a certificate of your own service; it shows hours by kind and month, training, ratings and stars, and no balance, order or recipient
    .from = The first month, such as 2026-01
    .to = The last month; the proof shows whole calendar years
    .reader = For one reader only: the name that it types when checking; not readable in the certificate
    .page = Also write the page for printing, with QR codes, in the language of --lang
    .file = The new file, as JSON; --valid-until says until when it counts: by default 30 days, at most 92
    .examples =
        timebank certificate make --from 2026-01 --to 2026-12 certificate.json
        timebank certificate make --from 2026-01 --to 2026-12 \
        --for Jiangbei-Construction --page certificate.html certificate.json
help-certificate-show = Check a certificate, show its figures, and print it
    .file = The certificate: a file, or - for the lines of a scanner
    .reader = For one made for one reader: the reader's name
    .page = Write the page for printing, with QR codes, in the language of --lang
    .svg = Write the QR codes to files, the first under this name
    .examples = timebank certificate show certificate.json --page certificate.html

help-sign = Sign a document: shows in plain words what the signed bytes say, and asks
    .file = The document
    .yes = Sign without asking; for scripts
    .to = Write the result to another file
    .examples =
        timebank sign open.json
        timebank sign open.json --yes --sign-as 320100/2=registry.key
help-submit = Submit a document that is fully signed
    .file = The document
    .examples = timebank submit open.json

help-prove = Write a proof for others: a file that anybody checks offline, without trusting a node
    .examples =
        timebank prove account --to balance.tbproof
        timebank verify balance.tbproof --genesis genesis.json
help-prove-account = Prove an account's balance and state
    .account = The account; by default that of the one who asks
    .to = The new file
    .examples = timebank prove account tba1… --to balance.tbproof
help-prove-order = Prove how an order stands
    .order = The order
    .to = The new file
    .examples = timebank prove order tbs1… --to order.tbproof
help-prove-tx = Prove that a transaction is in a block, and what it did
    .transaction = The transaction's id
    .to = The new file
    .examples = timebank prove tx 5e… --to paid.tbproof
help-prove-posting = Prove one entry of an account's history
    .index = Which entry, counted from 0
    .account = The account; by default that of the one who asks
    .to = The new file
    .examples = timebank prove posting 3 tba1… --to entry.tbproof
help-verify = Check a proof offline, or the manifest of a report or an export: what is proven, as of when, by whom; exit code 10 when a link is broken
    .file = The proof, - for standard input, or the manifest.json of a folder
    .reader = A certificate made for one reader: the reader's name
    .checkpoint = A checkpoint of the city, to begin from when the genesis document is too long ago
    .examples =
        timebank verify balance.tbproof --genesis genesis.json
        timebank verify balance.tbproof --genesis genesis.json --checkpoint city.tbcheckpoint
        timebank verify report-2026-11/manifest.json --genesis genesis.json

help-key = Key files: make one, show its public key
    .examples =
        timebank key new chen.key
        timebank key show chen.key
help-key-new = Make a new key in a file only its owner can read; nothing is ever overwritten
    .file = The new file
    .examples = timebank key new ~/.config/timebank/chen.key
help-key-show = Show the public key of a key file; the key itself is never shown
    .file = The key file
    .examples = timebank key show chen.key -o json

help-identity = The identity registry's vault: commitments that stand for people on the ledger
    .examples =
        timebank identity commit --vault registry.csv --identity-file person.txt
        timebank identity find --vault registry.csv --identity-file person.txt
help-identity-commit = Give a person's identity a commitment under a new salt, once; both stay in the vault
    .vault = The vault, a file only its owner can read
    .identity_file = A file with the identity on one line; standard input without it
    .examples = timebank identity commit --vault registry.csv --identity-file person.txt
help-identity-find = Find the commitment that was given to an identity
    .vault = The vault
    .identity_file = A file with the identity on one line; standard input without it
    .examples = timebank identity find --vault registry.csv --identity-file person.txt
help-identity-erase = Erase a salt and an identity for good; balances and proofs on the ledger stay as they are
    .commitment = The commitment
    .vault = The vault
    .examples = timebank identity erase 9f… --vault registry.csv

help-status = Show how the node stands: height, time, validators, waiting transactions
    .examples = timebank status --node http://127.0.0.1:7180

help-nodes = Compare all nodes that are named: where each stands, which lag, which lied, and the evidence
    .examples = timebank nodes --node https://office1.example --node https://office2.example

help-account = Accounts: balance, opening, keys, history, orders
    .examples =
        timebank account show
        timebank account history tba1…
help-account-show = Show an account's balance, by default checked against its proof and certificate
    .account = The account; by default that of the one who asks
    .unverified = Do not check the proof, take this node's word
    .examples =
        timebank account show tba1…
        timebank account show --profile chen --max-age 1
help-account-open = Open an account: signed by registrar, identity registry and holder (keyless: registrar, social worker, registry)
    .home = Division code of the home street
    .identity = The registry's salted commitment to the identity (64 hex digits)
    .holder_key = The holder's public key
    .keyless = The holder has no phone and no key
    .guardian = The legal guardian's account, who signs too; for a minor
    .examples =
        timebank account open --home 320102005 --identity 9f… --holder-key 3b… \
            --sign-as 320102005/1=registrar.key --document open.json
        timebank account open --home 320102005 --identity 9f… --holder-key 3b… --guardian tba1… \
            --sign-as 320102005/1=registrar.key --document child.json
        timebank account open --home 320102005 --identity 9f… --keyless \
            --sign-as 320102005/1=registrar.key --sign-as 320102005/2=social.key --document open.json
help-account-rotate-key = Replace an account's key: signed with the old and the new one
    .account = The account; by default that of the one who asks
    .new_key = The new public key
    .examples =
        timebank account rotate-key --new-key 3b… \
            --sign-as tba1…=old.key --sign-as key=new.key
help-account-legal-guardian = Set or end a legal guardianship: signed by registrar, identity registry, and the new guardian
    .account = The minor's account
    .guardian = The guardian's account
    .of_age = The holder is of age and signs alone from now on
    .examples =
        timebank account legal-guardian tba1… --guardian tba1… --document guardian.json \
            --sign-as 320102005/1=registrar.key
        timebank account legal-guardian tba1… --of-age --sign-as 320102005/1=registrar.key \
            --sign-as 320100/2=registry.key
help-account-set-programmes = Set all programmes of an account: signed by registrar and social worker
    .account = The account
    .programmes = Programme codes, such as P07 P12
    .none = None at all
    .examples =
        timebank account set-programmes tba1… P07 --sign-as 320102005/1=registrar.key \
            --sign-as 320102005/2=social.key
help-account-move = Move an account to another street: signed by the holder and a registrar there; keyless: registrar and social worker there
    .account = The account; by default that of the one who asks
    .to = Division code of the new street
    .examples =
        timebank account move --to 320106001 --sign-as tba1…=chen.key --document move.json
help-account-freeze = Stop an account from spending: signed by registrar and arbiter
    .account = The account
    .examples =
        timebank account freeze tba1… --sign-as 320102005/1=registrar.key --sign-as 320102/4=arbiter.key
help-account-unfreeze = Let a frozen account spend again: signed by registrar and arbiter
    .account = The account
    .examples =
        timebank account unfreeze tba1… --sign-as 320102005/1=registrar.key --document thaw.json
help-account-close = Close an account for good: signed by registrar and holder; after death by registrar and arbiter
    .account = The account
    .rest = Where its minutes go: kin:ACCOUNT, estate:ACCOUNT (after death) or donation
    .examples =
        timebank account close tba1… --rest donation --sign-as 320102005/1=registrar.key \
            --sign-as tba1…=chen.key
        timebank account close tba1… --rest estate:tba1… --sign-as 320102005/1=registrar.key \
            --sign-as 320102/4=arbiter.key
help-account-history = Show an account's whole history, by default checked to be complete and in order
    .account = The account; by default that of the one who asks
    .unverified = Do not check, take this node's word
    .examples = timebank account history tba1…
help-account-orders = List the orders an account is recipient, provider or payer of
    .account = The account; by default that of the one who asks
    .unverified = Do not check the proofs, take this node's word
    .examples = timebank account orders

help-recovery = Guardians, and a new key for a lost one
    .examples =
        timebank recovery show tba1…
        timebank recovery start tba1… --new-key 3b… --document recovery.json \
            --sign-as 320102005/1=registrar.key
help-recovery-show = Show an account's guardians and a recovery under way, by default checked against proof and certificate
    .account = The account; by default that of the one who asks
    .unverified = Do not check the proof, take this node's word
    .examples = timebank recovery show tba1…
help-recovery-guide = Say step by step what to do about guardians or a lost key, from what is proven
    .account = The account; by default that of the one who asks
    .lost = The phone or key is lost: how to get a new key
    .new_key = The new public key, once it is made
    .object = Somebody else is giving the account a new key: what to do against it
    .examples =
        timebank recovery guide
        timebank recovery guide tba1… --lost --new-key 3b…
help-recovery-set-guardians = Choose who helps when the key is lost: signed by the holder
    .account = The account; by default that of the one who asks
    .guardian = A person's account, or the division code of an office, for which a registrar signs; may be repeated
    .threshold = How many of them start a recovery
    .delay = How many hours a recovery waits; default 72
    .none = Have no guardians any more
    .examples =
        timebank recovery set-guardians --guardian tba1… --guardian 320102005 --threshold 2
        timebank recovery set-guardians --none
help-recovery-start = Start giving an account a new key: signed by the new key, and guardians, or registrar and guardian, or registrar and arbiter
    .account = The account
    .new_key = The new public key
    .examples =
        timebank recovery start tba1… --new-key 3b… --document recovery.json \
            --sign-as 320102005/1=registrar.key --sign-as 320102/4=arbiter.key
help-recovery-cancel = Stop a recovery: signed with the old key
    .account = The account; by default that of the one who asks
    .examples = timebank recovery cancel
help-recovery-finish = End a recovery whose delay has passed; the chain does it by itself too
    .account = The account; by default that of the one who asks
    .examples = timebank recovery finish tba1… --sign-as 320102005/1=registrar.key

help-group = Groups: volunteer teams that earn for their pool
    .examples = timebank group members tba1…
help-group-open = Open a group's account: signed by registrar, social worker and the group's new key
    .home = Division code of the home street
    .group_key = The group's public key
    .examples =
        timebank group open --home 320102005 --group-key 3b… --document team.json \
            --sign-as 320102005/1=registrar.key --sign-as 320102005/2=social.key
help-group-members = List who belongs to a group, by default checked against proof and certificate
    .group = The group; by default the account of the one who asks
    .unverified = Do not check the proof, take this node's word
    .examples = timebank group members tba1…
help-group-set-members = Add and remove members: signed by the group and a registrar
    .group = The group
    .add = Someone who joins; may be repeated
    .remove = Someone who leaves; may be repeated
    .add_file = File that lists who joins, one account or roster number a line
    .remove_file = File that lists who leaves
    .roster = The office's roster (number,account), which never goes to the ledger
    .examples =
        timebank group set-members tba1… --add tba1… --sign-as tba1…=team.key \
            --sign-as 320102005/1=registrar.key
        timebank group set-members tba1… --add-file new.csv --roster roster.csv --document m.json

help-kin = Kin: linking, unlinking, allowances
    .examples = timebank kin link tba1… parent --document kin.json
help-kin-link = Link kin: signed by both and a registrar
    .kin = The other account
    .relation = What the other is to this one: spouse, parent, child, child-in-law, parent-in-law, sibling, grandparent, grandchild
    .account = This account; by default that of the one who asks
    .examples = timebank kin link tba1… parent --document kin.json
help-kin-unlink = End a kin link: signed by either
    .kin = The other account
    .account = This account; by default that of the one who asks
    .examples = timebank kin unlink tba1…
help-kin-allow = Let a kin's orders use this account's minutes every month
    .kin = The kin's account
    .monthly = How many minutes a month at most; 0 ends it
    .last_day = The last day
    .payer = The account that pays; by default that of the one who asks
    .examples = timebank kin allow tba1… --monthly 600 --last-day 2027-11-22

help-proxy = Proxies: appointing and revoking
    .examples =
        timebank proxy appoint 320102005/3 --scope orders --monthly 600 --last-day 2027-11-22
help-proxy-appoint = Let someone act for an account: signed by its holder; keyless: by registrar and social worker
    .proxy = Who acts: an account tba1… or a clerk 320102005/3
    .scope = In what: orders, redemption, orders-and-redemption
    .monthly = How many minutes a month at most
    .last_day = The last day
    .principal = For whom; by default the account of the one who asks
    .examples =
        timebank proxy appoint 320102005/3 --principal tba1… --scope orders --monthly 600 \
            --last-day 2027-11-22 --sign-as 320102005/1=registrar.key \
            --sign-as 320102005/2=social.key
help-proxy-revoke = End a proxy
    .proxy = Who acts
    .principal = For whom; by default the account of the one who asks
    .examples = timebank proxy revoke 320102005/3

help-order = Service orders: from posting to verification
    .examples =
        timebank order list --status posted --district 320102
        timebank order show tbs1…
help-order-post = Post a service order
    .service = Service code, see timebank catalogue list
    .district = Division code of the district it takes place in
    .from = When it may begin at the earliest, such as "2026-11-23 09:00"
    .to = When it may begin at the latest
    .minutes = How many minutes at most
    .payer = Who pays: recipient, kin:ACCOUNT, budget:LINE; default recipient
    .recipient = Whom it is for; by default the account of the one who asks
    .examples =
        timebank order post --service S01 --district 320102 --minutes 60 \
            --from "2026-11-23 09:00" --to "2026-11-23 12:00"
        timebank order post --service S01 --district 320102 --minutes 60 --as 320102005/3 \
            --from "2026-11-23 09:00" --to "2026-11-23 12:00" --payer kin:tba1… --recipient tba1…
help-order-accept = Accept an order: signed by the provider; for a group by the group and the member who serves
    .order = The order
    .provider = Who serves; by default the account of the one who asks
    .member = The member who serves, when the provider is a group
    .examples = timebank order accept tbs1…
help-order-start = Check in: signed by the provider and the recipient, a proxy or staff of a service point
    .order = The order
    .examples = timebank order start tbs1… --document start.json
help-order-complete = Report the service done: signed by the provider and the recipient or a proxy
    .order = The order
    .start = When it began
    .end = When it ended
    .evidence = Salted commitment to the evidence (64 hex digits)
    .examples =
        timebank order complete tbs1… --start "2026-11-23 09:05" --end "2026-11-23 10:05" \
            --evidence 77… --sign-as tba1…=chen.key --sign-as tba1…=cao.key
help-order-cancel = Cancel an order, or withdraw from one
    .order = The order
    .examples = timebank order cancel tbs1…
help-order-verify = Verify a completed order: signed by a social worker, above the dual threshold by two
    .order = The order
    .approve = How many minutes count
    .reject = Why not: not-served, wrong-provider, wrong-recipient, wrong-times, evidence-insufficient
    .examples =
        timebank order verify tbs1… --approve 60 --sign-as 320102005/2=social.key
        timebank order verify tbs1… --reject wrong-times --sign-as 320102005/2=social.key
help-order-no-show = Report who did not come to an accepted order: signed by the other party or staff
    .order = The order
    .absent = Who did not come: provider or recipient
    .examples = timebank order no-show tbs1… provider
help-order-rate = Rate the other party once the service is done
    .order = The order
    .rated = Who is rated: provider or recipient
    .stars = From 1 to 5
    .examples = timebank order rate tbs1… provider 5
help-order-show = Show an order, by default checked against its proof and certificate
    .order = The order
    .unverified = Do not check the proof, take this node's word
    .examples = timebank order show tbs1…
help-order-list = List orders, by default those that have not ended
    .status = Only those of one status, such as completed, disputed, settled, no-show; by default every open one
    .district = Only those of one district
    .escalated = Only those nobody verified within 30 days
    .examples =
        timebank order list --status completed --district 320102
        timebank order list --escalated --district 320102

help-service = Services recorded on paper, one by one (for files of them see timebank import)
    .examples =
        timebank service record --recipient tba1… --provider tba1… --service S01 --district 320102 \
            --start "2026-11-20 09:00" --end "2026-11-20 10:00" --minutes 60 \
            --payer budget:tbb1… --evidence 77…
help-service-record = Record a service from paper: posts, accepts and completes in one; then it is verified
    .recipient = Whom it was for
    .provider = Who served
    .service = Service code
    .district = Division code of the district it took place in
    .start = When it began
    .end = When it ended
    .minutes = How many minutes
    .payer = Who pays: recipient, kin:ACCOUNT, budget:LINE; default recipient
    .evidence = Salted commitment to the evidence (64 hex digits)
    .member = The member who served, when the provider is a group
    .examples =
        timebank service record --recipient tba1… --provider tba1… --service S01 --district 320102 \
            --start "2026-11-20 09:00" --end "2026-11-20 10:00" --minutes 60 \
            --payer budget:tbb1… --evidence 77… \
            --sign-as tba1…=chen.key --sign-as 320102005/3=clerk.key

help-import = An office's CSV files (docs/csv.md): accounts, services, trainings, campaigns, grants; each line at most once
    .examples = timebank import services records.csv --roster roster.csv --dry-run
help-import-accounts = Open accounts: registrar, registry, and the holder's key or a social worker sign
    .file = The CSV file
    .dry_run = Only say what would become of each line; sign, submit and post nothing
    .roster = The office's roster (number,account), which never goes to the ledger
    .budget = The budget line of lines that name none
    .keys = Folder of key files, for signing at the counter: <account>.key, <division code>-<number>.key, <public key>.key
    .documents = Folder for documents that lack signatures; signed ones laid back there are taken up by the next import
    .result = File that says of every line what became of it, by default named like the CSV with .result.csv
    .journal = The journal, by which nothing is posted twice; by default one for all imports of the profile, beside the wallet
    .vault = File for the salts of evidence commitments, by default named like the CSV with .salts.csv; keep it safe
    .book = The book on which lines are checked, by default that of timebank audit replay
    .no_check = Check nothing in advance and take the node's word for what became of each line
    .examples =
        timebank import accounts people.csv --keys staff --dry-run
        timebank import accounts people.csv --keys staff --documents out
help-import-services = Record services from paper: lines with mistakes are named, the rest goes ahead
    .file = The CSV file
    .dry_run = Only say what would become of each line; sign, submit and post nothing
    .roster = The office's roster (number,account), which never goes to the ledger
    .budget = The budget line of lines that name none
    .keys = Folder of key files, for signing at the counter: <account>.key, <division code>-<number>.key, <public key>.key
    .documents = Folder for documents that lack signatures; signed ones laid back there are taken up by the next import
    .result = File that says of every line what became of it, by default named like the CSV with .result.csv
    .journal = The journal, by which nothing is posted twice; by default one for all imports of the profile, beside the wallet
    .vault = File for the salts of evidence commitments, by default named like the CSV with .salts.csv; keep it safe
    .book = The book on which lines are checked, by default that of timebank audit replay
    .no_check = Check nothing in advance and take the node's word for what became of each line
    .examples =
        timebank import services records.csv --roster roster.csv --dry-run
        timebank import services records.csv --roster roster.csv --budget tbb1… \
            --keys keys --documents out
help-import-training = Record attendances at trainings: one line for each participant of each sheet
    .file = The CSV file
    .dry_run = Only say what would become of each line; sign, submit and post nothing
    .roster = The office's roster (number,account), which never goes to the ledger
    .budget = The budget line of lines that name none
    .keys = Folder of key files, for signing at the counter: <account>.key, <division code>-<number>.key, <public key>.key
    .documents = Folder for documents that lack signatures; signed ones laid back there are taken up by the next import
    .result = File that says of every line what became of it, by default named like the CSV with .result.csv
    .journal = The journal, by which nothing is posted twice; by default one for all imports of the profile, beside the wallet
    .vault = File for the salts of evidence commitments, by default named like the CSV with .salts.csv; keep it safe
    .book = The book on which lines are checked, by default that of timebank audit replay
    .no_check = Check nothing in advance and take the node's word for what became of each line
    .examples = timebank import training sheets.csv --roster roster.csv --budget tbb1… --keys keys
help-import-campaigns = Record attendances at campaigns: one line for each participant of each sheet
    .file = The CSV file
    .dry_run = Only say what would become of each line; sign, submit and post nothing
    .roster = The office's roster (number,account), which never goes to the ledger
    .budget = The budget line of lines that name none
    .keys = Folder of key files, for signing at the counter: <account>.key, <division code>-<number>.key, <public key>.key
    .documents = Folder for documents that lack signatures; signed ones laid back there are taken up by the next import
    .result = File that says of every line what became of it, by default named like the CSV with .result.csv
    .journal = The journal, by which nothing is posted twice; by default one for all imports of the profile, beside the wallet
    .vault = File for the salts of evidence commitments, by default named like the CSV with .salts.csv; keep it safe
    .book = The book on which lines are checked, by default that of timebank audit replay
    .no_check = Check nothing in advance and take the node's word for what became of each line
    .examples = timebank import campaigns sheets.csv --roster roster.csv --budget tbb1… --keys keys
help-import-grants = Grant minutes from a budget line: one line for each grantee
    .file = The CSV file
    .dry_run = Only say what would become of each line; sign, submit and post nothing
    .roster = The office's roster (number,account), which never goes to the ledger
    .budget = The budget line of lines that name none
    .keys = Folder of key files, for signing at the counter: <account>.key, <division code>-<number>.key, <public key>.key
    .documents = Folder for documents that lack signatures; signed ones laid back there are taken up by the next import
    .result = File that says of every line what became of it, by default named like the CSV with .result.csv
    .journal = The journal, by which nothing is posted twice; by default one for all imports of the profile, beside the wallet
    .vault = File for the salts of evidence commitments, by default named like the CSV with .salts.csv; keep it safe
    .book = The book on which lines are checked, by default that of timebank audit replay
    .no_check = Check nothing in advance and take the node's word for what became of each line
    .examples = timebank import grants grants.csv --budget tbb1… --keys keys

help-dispute = Orders people disagree about: dispute, decision, appeal, reversal
    .examples = timebank dispute open tbs1…
help-dispute-open = Dispute a verified order before it is paid: signed by a party, the payer or staff
    .order = The order
    .examples = timebank dispute open tbs1… --sign-as tba1…=cao.key
help-dispute-resolve = Decide a dispute: signed by an arbiter, after an appeal by one of the city
    .order = The order
    .provider_gets = How many of the approved minutes the provider gets; the payer gets the rest back
    .examples = timebank dispute resolve tbs1… --provider-gets 30 --sign-as 320102/4=arbiter.key
help-dispute-appeal = Appeal, once, against a decision before it is paid: signed by a party or the payer
    .order = The order
    .examples = timebank dispute appeal tbs1…
help-dispute-reverse = Take back what a settled order paid, within 365 days: signed by an arbiter and a treasurer of the district
    .order = The order
    .reason = Why: not-served, wrong-provider, wrong-recipient, stolen-key, fraud
    .examples =
        timebank dispute reverse tbs1… --reason stolen-key --sign-as 320102/4=arbiter.key \
            --sign-as 320102/3=treasurer.key

help-training = Trainings
    .examples =
        timebank training record tba1… --district 320102 --start "2026-11-20 09:00" \
            --end "2026-11-20 11:00" --minutes 120 --budget tbb1… --document people.json
help-training-record = Record a training: signed by its organiser and a social worker
    .accounts = Who took part
    .file = File that lists who took part, one account or roster number a line
    .roster = The office's roster (number,account), which never goes to the ledger
    .district = Division code of the district it took place in
    .start = When it began
    .end = When it ended
    .minutes = How many minutes each gets
    .budget = A budget line of purpose training
    .examples =
        timebank training record --file class.csv --roster roster.csv --district 320102 \
            --start "2026-11-20 09:00" --end "2026-11-20 11:00" --minutes 120 --budget tbb1… \
            --sign-as tba1…=teacher.key --sign-as 320102005/2=social.key

help-campaign = Campaigns
    .examples =
        timebank campaign record tba1… --district 320102 --start "2026-11-20 09:00" \
            --end "2026-11-20 11:00" --minutes 120 --budget tbb1… --document people.json
help-campaign-record = Record a campaign: signed by its organiser and a social worker
    .accounts = Who took part, in the order in which they are paid when the line runs out
    .file = File that lists who took part, one account or roster number a line
    .roster = The office's roster (number,account), which never goes to the ledger
    .district = Division code of the district it took place in
    .start = When it began
    .end = When it ended
    .minutes = How many minutes each gets; those the line no longer covers get them as honorary minutes
    .budget = A budget line of purpose campaign
    .examples =
        timebank campaign record --file snow.csv --district 320102 --minutes 120 --budget tbb1… \
            --start "2026-11-20 06:00" --end "2026-11-20 08:00" --document snow.json \
            --sign-as 320102005/1=organiser.key

help-gift = Give minutes to linked kin
    .to = Who receives
    .minutes = How many minutes
    .from = Who gives; by default the account of the one who asks
    .examples = timebank gift tba1… 60

help-donate = Give minutes to a donation pool
    .pool = The donation pool, such as 320102:donation
    .minutes = How many minutes
    .from = Who gives; by default the account of the one who asks
    .examples = timebank donate 320102:donation 30

help-redeem = Exchange minutes for an item: signed by the holder or a proxy, and the merchant
    .merchant = The merchant's account
    .item = The item's code, such as I03
    .minutes = The item's price
    .holder = Whose minutes; by default the account of the one who asks
    .examples = timebank redeem tba1… I03 480 --sign-as tba1…=mother.key --sign-as tba1…=shop.key

help-merchant = Merchants and their items
    .examples = timebank merchant items tba1…
help-merchant-register = Register a merchant: signed by two treasurers and the merchant's new key
    .home = Division code of the street it trades in
    .merchant_key = The merchant's public key
    .examples =
        timebank merchant register --home 320102005 --merchant-key 3b… --document shop.json \
            --sign-as 320100/3=treasurer1.key
help-merchant-items = List a merchant's items
    .merchant = The merchant's account
    .examples = timebank merchant items tba1…
help-merchant-set-items = Set all items of a merchant: signed by the merchant and a treasurer
    .merchant = The merchant's account
    .items = Items and prices, such as I01=60 I03=480
    .examples =
        timebank merchant set-items tba1… I01=60 I03=480 --sign-as tba1…=shop.key \
            --sign-as 320100/3=treasurer1.key

help-merchant-settle = Record that a merchant was paid for minutes it is owed: signed by two treasurers and the merchant
    .merchant = The merchant's account
    .minutes = How many of the minutes owed
    .examples =
        timebank merchant settle tba1… 480 --sign-as 320100/3=treasurer1.key \
            --sign-as 320100/4=treasurer2.key --sign-as tba1…=shop.key

help-org = Organisations: city, districts, street offices, service points
    .examples = timebank org list
help-org-list = List the registered organisations
    .examples = timebank org list
help-org-show = Show an organisation and its staff
    .organisation = Division code
    .examples = timebank org show 320102005
help-org-register = Register an organisation below another: signed by that one's administrators
    .organisation = The new organisation's division code
    .parent = The organisation above
    .level = Level: district, street, service-point
    .examples = timebank org register 320102006 --parent 320102 --level street --sign-as 320102/1=admin.key

help-staff = Staff
    .examples = timebank staff set 320102005 --threshold 1 --entry 4=clerk,3b…,tba1…
help-staff-set = Set or remove staff entries: signed by administrators of the organisation or of the one above
    .organisation = The organisation
    .entry = NUMBER=ROLE+ROLE,PUBLIC_KEY,PERSON; may be repeated
    .remove = Number of an entry to be removed; may be repeated
    .threshold = How many administrators sign from now on
    .examples =
        timebank staff set 320102005 --threshold 1 --entry 4=clerk,3b…,tba1… \
            --sign-as 320102/1=admin.key

help-policy = Policy parameters
    .examples = timebank policy list --district 320102
help-policy-list = List the policy in force for a district on a day
    .district = The district; by default the city
    .day = Which day; by default today
    .examples = timebank policy list --district 320102 --day 2026-12-01
help-policy-show = Show what a parameter, or every one, was, is and will be, who set it, and the multiplier of every service code
    .parameter = Only this one
    .district = The district; by default the city
    .examples =
        timebank policy show
        timebank policy show daily_limit --district 320102
help-policy-set = Set policy: signed by the city's administrators; a district's only tighten
    .scope = Division code of the city or a district
    .parameter = The parameter, such as cap, daily_limit, dispute_window_ms
    .value = The value; programme codes with commas, - for everyone, withdraw to take back what was set
    .from_day = The first day on which it acts
    .examples =
        timebank policy set 320102 daily_limit 240 --from-day 2026-12-01 \
            --sign-as 320102/1=admin.key

help-catalogue = The catalogue of services
    .examples = timebank catalogue list
help-catalogue-list = List the service codes in force on a day
    .day = Which day; by default today
    .examples = timebank catalogue list
help-catalogue-set = Set or retire a service code: signed by the city's administrators
    .code = The service code, such as S09
    .min = The shortest service in minutes
    .max = The longest service in minutes
    .multiplier = Percentage minted when a budget pays; default 100
    .retire = Retire the code
    .from_day = The first day on which it acts
    .examples =
        timebank catalogue set S09 --min 15 --max 240 --from-day 2026-12-01 \
            --sign-as 320100/1=admin.key
        timebank catalogue set S09 --retire --from-day 2027-01-01 --sign-as 320100/1=admin.key

help-validators = Validators: who decides blocks
    .examples = timebank validators list
help-validators-list = List the validators
    .examples = timebank validators list
help-validators-set = Replace the validator set: signed by the city's administrators; less than a third within 24 hours
    .file = JSON file: the whole new set, with organisation, consensus_key, peer_key, power
    .examples = timebank validators set validators.json --sign-as 320100/1=admin.key

help-budget = Budget lines
    .examples = timebank budget show tbb1…
help-budget-open = Open a budget line: signed by two treasurers
    .scope = The organisation it is for
    .purpose = What for: service (paying orders), fund (filling pools), grant, training, campaign
    .minutes = How many minutes in all
    .last_day = The last day
    .examples =
        timebank budget open 320102 --purpose service --minutes 60000 --last-day 2027-12-31 \
            --sign-as 320100/3=treasurer1.key --sign-as 320100/4=treasurer2.key
help-budget-grant = Grant minutes to people of a programme: signed by two treasurers
    .budget = A budget line of purpose grant
    .accounts = To whom
    .file = File that lists to whom, one account or roster number a line
    .roster = The office's roster (number,account), which never goes to the ledger
    .programme = The programme every one of them belongs to
    .minutes = How many minutes each gets
    .expiry = The last day on which they can be spent; by default they do not expire
    .examples =
        timebank budget grant tbb1… tba1… --programme P07 --minutes 600 --expiry 2027-12-31 \
            --sign-as 320100/3=treasurer1.key --sign-as 320100/4=treasurer2.key
        timebank budget grant tbb1… --file elders.csv --roster roster.csv --programme P07 \
            --minutes 600 --document grant.json
help-budget-show = Show a budget line
    .budget = The budget line
    .examples = timebank budget show tbb1…

help-pool = Pools
    .examples = timebank pool show 320102:donation
help-pool-fund = Fill a pool from a budget line: signed by two treasurers
    .pool = The pool, such as 320102:grant
    .minutes = How many minutes
    .budget = A budget line of purpose fund
    .examples =
        timebank pool fund 320102:grant 6000 --budget tbb1… \
            --sign-as 320100/3=treasurer1.key --sign-as 320100/4=treasurer2.key
help-pool-spend = Give minutes of a donation or grant pool to people of a programme: signed by two treasurers
    .pool = The pool
    .accounts = To whom
    .file = File that lists to whom, one account or roster number a line
    .roster = The office's roster (number,account), which never goes to the ledger
    .programme = The programme every one of them belongs to
    .minutes = How many minutes each gets
    .expiry = The last day on which they can be spent; by default they do not expire
    .examples =
        timebank pool spend 320102:donation tba1… --programme P07 --minutes 60 \
            --sign-as 320102/3=treasurer1.key --sign-as 320102/5=treasurer2.key
help-pool-show = Show a pool
    .pool = The pool
    .examples = timebank pool show 320102:donation

help-pool-queue = List who waits for minutes of a reserve pool, the next one first
    .pool = The reserve pool
    .examples = timebank pool queue 320102:reserve

help-upgrade = Newer versions of the rules; timebank status shows the one announced
    .examples = timebank status
help-upgrade-schedule = Announce a newer version of the rules: signed by the city's administrators
    .rules = The version
    .from_day = The first day on which it acts
    .examples = timebank upgrade schedule 2 --from-day 2027-01-01 --sign-as 320100/1=admin.key

help-evidence = Offences of validators
    .examples = timebank evidence list
help-evidence-list = List validators that voted twice
    .examples = timebank evidence list

help-clearing = Clearing between districts, by this node's word: the closed months, or one of them
    .month = The month, such as 2026-11; without it, the closed months are listed
    .examples =
        timebank clearing
        timebank clearing 2026-11

help-audit = For auditors: execute the chain again, and examine, export and confirm what comes of it
    .examples =
        timebank audit replay
        timebank audit run
        timebank audit clearing 2026-11
help-audit-replay = Execute every block again, from genesis or from where the book ended, and compare every header
    .from_export = Take the blocks from this export, not from a node
    .to_height = Stop at this height
    .book = The folder of the book, a new one or one to go on with; by default beside what was proven
    .examples =
        timebank audit replay
        timebank audit replay --to-height 120000 --book audit-2026
        timebank audit replay --from-export export-2026-11 --book audit-of-export
help-audit-run = Screen the auditor's book by rules: what somebody should look at; exit code 11 when there is something
    .from = The first day looked at; by default the chain's first
    .to = The last day looked at; by default the book's last
    .rules = A file of rules in place of the built-in ones
    .about = Only findings about this account
    .report = Write the report into this folder: pages in Chinese and English, tables, and the manifest, signed with an auditor's key at hand
    .show_rules = Print the built-in rules, to begin one's own from, and do nothing else
    .book = The folder of the book; by default beside what was proven
    .offline = Take the book as it is, without asking a node for newer blocks
    .examples =
        timebank audit run
        timebank audit run --from 2026-11-01 --to 2026-11-30 -o json
        timebank audit run --report audit-2026-11 --as 320100/61 --key auditor.key
        timebank audit run --show-rules > our-rules.toml
        timebank audit run --rules our-rules.toml --about tba1…
help-audit-clearing = Compute a month's clearing from the blocks alone and compare it with the chain's record
    .month = The month, such as 2026-11
    .cosign = Confirm the month as an auditor, if the chain has recorded what was computed
    .book = The folder of the book; by default beside what was proven
    .offline = Take the book as it is, without asking a node for newer blocks
    .examples =
        timebank audit clearing 2026-11
        timebank audit clearing 2026-11 --cosign --as 320100/61 --key auditor.key

help-statement = For offices and holders: monthly statements of an account, a merchant, a district
    .examples =
        timebank statement account 2026-11
        timebank statement district 2026-11 320102 --to statements
help-statement-account = An account's month: what it had, what came and went, what it has; from its proven, complete history
    .month = The month, such as 2026-11
    .account = Whose; by default your own
    .to = Write it into this folder too: as pages in Chinese and English, CSV and JSON
    .examples =
        timebank statement account 2026-11
        timebank statement account 2026-11 tba1… --to statements
help-statement-merchant = A merchant's month: what was given, item by item, and what is owed for it
    .month = The month, such as 2026-11
    .account = Which merchant; by default your own account
    .to = Write it into this folder too: as pages in Chinese and English, CSV and JSON
    .examples = timebank statement merchant 2026-11 tba1… --to statements
help-statement-district = A district's month, computed from the blocks: its people and pools, services, and how it stands with others
    .month = The month, such as 2026-11
    .district = The district, by its six digits
    .to = Write it into this folder too: as pages in Chinese and English, CSV and JSON
    .book = The folder of the book; by default beside what was proven
    .offline = Take the book as it is, without asking a node for newer blocks
    .examples = timebank statement district 2026-11 320102 --to statements

help-demand = For offices: what people asked for and did not get, by street, service and week; fewer than five people are not counted
    .from = The first week, by one of its days; by default so many weeks back that they are over
    .weeks = How many weeks; by default 13
    .district = Only this district's streets
    .to = Write it into this folder too: pages, heat maps (SVG), CSV and JSON
    .book = The folder of the book; by default beside what was proven
    .offline = Take the book as it is, without asking a node for newer blocks
    .examples =
        timebank demand --to demand
        timebank demand --from 2026-08-24 --weeks 13 --district 320102
help-match = For offices: who could take on an open order, with the reason for each rank
    .order = The order, tbs1…
    .limit = How many to show; by default 10
    .unable = Show also who cannot, and why
    .scoring = Points from this file, in place of the built-in ones
    .book = The folder of the book; by default beside what was proven
    .offline = Take the book as it is, without asking a node for newer blocks
    .examples =
        timebank match tbs1…
        timebank match tbs1… --unable --limit 30

help-supply = Show where every minute is, by default checked against its proof and certificate
    .unverified = Do not check the proof, take this node's word
    .examples = timebank supply -o json

help-audit-export = Write blocks, transactions, postings and accounts as CSV and JSON Lines, with the blocks themselves and a signed manifest
    .to = The new folder
    .from_height = The first block of the export
    .to_height = The last block of the export; by default the newest
    .book = The folder of the book; by default beside what was proven
    .offline = Take the book as it is, without asking a node for newer blocks
    .unsigned = Do not sign the manifest
    .examples =
        timebank audit export --to export-2026-11 --sign-as 320100/6=auditor.key
        timebank audit export --to blocks --from-height 120000 --unsigned
help-audit-diff = Find what differs between an export and the chain: row, field and both values; exit code 10 when something does
    .folder = The folder of the export
    .book = The folder of the book; by default beside what was proven
    .offline = Take the book as it is, without asking a node for newer blocks
    .examples = timebank audit diff export-2026-11

help-watch = Watch the chain as an independent witness: check every header of several nodes, keep them, and tell of forks, rewritten blocks and silence; exit code 10 after an alarm
    .folder = Where what was seen is kept, with the evidence; by default beside what was proven
    .every = How long to wait between two rounds; default 5
    .rounds = Stop after so many rounds; by default when told to
    .silence = After how long without a block to tell of it; default 120
    .disk = How much of the disk the headers may take; beyond it the oldest are given up; default 4096
    .alert = A program that is run for every alarm and silence, with the event as JSON on its standard input
    .stop_on_alarm = End after the round of the first alarm
    .cosign = Sign the checkpoints in this folder, if they are of blocks seen here, with the auditor's key
    .checkpoint_every = Put a new signed checkpoint there so often
    .examples =
        timebank watch --node https://office1.example --node https://office2.example
        timebank watch --alert ./tell-the-city --silence 90
        timebank watch --cosign checkpoints --checkpoint-every 168 --sign-as 320100/6=auditor.key

help-checkpoint = Checkpoints: a recent block the city vouches for, for wallets that slept too long
    .examples =
        timebank checkpoint make --height 120000 --to city.tbcheckpoint
        timebank checkpoint show city.tbcheckpoint
help-checkpoint-make = Write the checkpoint of a block, to be signed by the city
    .height = The block; by default the newest
    .to = The new file
    .hand_over = Let the city's present administrators and auditors sign the next one, in place of the present signers
    .examples = timebank checkpoint make --height 120000 --to city.tbcheckpoint
help-checkpoint-sign = Sign a checkpoint as an administrator or auditor of the city
    .file = The checkpoint
    .yes = Sign without asking; for scripts
    .unchecked = Sign without comparing the block with your own node
    .examples = timebank checkpoint sign city.tbcheckpoint --sign-as 320100/1=admin.key
help-checkpoint-show = Show a checkpoint, who has signed it, and whether that is enough
    .file = The checkpoint
    .examples = timebank checkpoint show city.tbcheckpoint
help-checkpoint-use = Begin trust anew with a checkpoint from the city, and keep that
    .file = The checkpoint
    .examples = timebank checkpoint use city.tbcheckpoint

help-block = Blocks
    .examples = timebank block show
help-block-show = Show a block, its certificate, transactions and receipts checked
    .height = The height; by default the last
    .examples = timebank block show 1024

help-tx = Transactions
    .examples = timebank tx show 5e…
help-tx-show = Show a transaction in a block and its receipt, checked with its block
    .transaction = The transaction's id (64 hex digits)
    .examples = timebank tx show 5e…

help-doc = Documents that collect signatures
    .examples =
        timebank doc show open.json
        timebank doc merge open.json copy.json
help-doc-show = Show a document: what it asks for, who has signed, who is to sign
    .file = The document
    .examples = timebank doc show open.json
help-doc-unsign = Take a signature out of a document
    .file = The document
    .signer = Whose signature
    .examples = timebank doc unsign open.json 320100/2
help-doc-merge = Bring the signatures of copies together in one document
    .file = Into this document
    .others = The copies
    .examples = timebank doc merge open.json from-registry.json from-holder.json

help-doc-qr = Show a document as QR codes, for a phone to sign
    .file = The document
    .svg = Write the QR codes to files, the first under this name
    .examples = timebank doc qr gift.json
help-doc-scan = Write a document from its QR codes, in any order, as a scanner types them
    .file = The new document
    .from = The lines a scanner read; standard input without it
    .examples = timebank doc scan gift.json --from lines.txt

help-time = The time of a test chain
    .examples = timebank time advance "2026-11-26 08:00"
help-time-advance = Move a test chain's time ahead: signed by the city's administrators
    .to = To when
    .examples = timebank time advance "2026-11-26 08:00" --sign-as 320100/1=admin.key

help-completions = Print a completion script for a shell
    .shell = bash, zsh, fish, elvish or powershell
    .examples = timebank completions bash > ~/.local/share/bash-completion/completions/timebank
