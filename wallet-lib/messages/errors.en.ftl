# The wallet's sentences: each error under its code, what happened and, as .remedy, the way out. The ledger's rejections are in ledger-core/messages, the commands' sentences in cli/messages.

## Keys, files, documents

storage_name = "{ $name }" is no name for a stored value.
    .remedy = Use at most { $length_max } of a-z, 0-9, -, _ and ., not beginning with a full stop.
storage_length = The value { $name } has { $length } bytes, more than the { $length_max } that are stored.
    .remedy = Nothing was stored; what is there is as before.
storage_mode = The directory { $path } has mode { $mode }; others can enter it.
    .remedy = Make it private with chmod 700, or name another directory.
storage_unavailable = The stored value { $name } cannot be read or written: { $reason }
    .remedy = Check that the device is not full or locked, and try again.
vault_damaged = Line { $line } of the vault { $path } is damaged.
    .remedy = Restore the vault from its copy; nothing is added to a damaged one.
identity_known = This person has the commitment { $commitment } already; one person has one account.
    .remedy = Look the account up with timebank identity find; help recover its key if it is lost.
identity_unknown = The vault holds nothing under { $commitment }.
    .remedy = Check the commitment, or whether it was erased before.
identity_length = The identity has { $length } bytes; it has between 1 and { $length_max }.
    .remedy = Give the identity as the registry writes it, on one line.
key_file_missing = There is no key file { $path }.
    .remedy = Check the path, or make one with timebank key new.
key_file_mode = Key file { $path } has mode { $mode }: others can read it.
    .remedy = chmod 600 { $path }; if someone may have read it, replace the key.
key_file_malformed = { $path } is not a key file.
    .remedy = A key file is one line of 64 hex digits; make one with timebank key new.
key_file_exists = { $path } exists; key files are never overwritten.
    .remedy = Choose another name.
file_unreadable = { $path } cannot be read: { $reason }
    .remedy = Check path and permissions.
file_unwritable = { $path } cannot be written: { $reason }
    .remedy = Check folder, permissions and disk space.
randomness = The system gives no random numbers: { $reason }
    .remedy = Check the system.
mnemonic_length = A wallet has 12, 15, 18, 21 or 24 words; these are { $count }.
    .remedy = Count the words on the sheet again; each has its number.
mnemonic_long = The text is too long for a wallet's words ({ $length } bytes; at most { $length_max }).
    .remedy = Enter the words of the sheet and nothing else.
mnemonic_word = Word { $position }, “{ $word }”, is not in the list of words.
    .remedy = Look at number { $position } on the sheet again. Words like it: { $suggestions }
mnemonic_checksum = All words are in the list, but they do not belong together.
    .remedy = One word was mistaken for another, or two have changed places: compare each with the sheet.
key_index = There is no key with index { $index }; it must be below { $end }.
    .remedy = Choose a smaller number.
argument_malformed = “{ $value }” is no { $argument }: { $reason }
    .remedy = Give the text exactly as the commands and the ledger show it.
document_malformed = Not a document to be signed: { $reason }
    .remedy = Ask for the document to be sent again.
document_version = The document has version { $version }; this program knows { $known }.
    .remedy = Update the program.
document_altered = The readable part of the document is not what would be signed ({ $field }).
    .remedy = Do not sign: it has been altered. Ask the one who made it to send it again.
document_signature = The signature of { OFFICE($signer) } in the document is wrong.
    .remedy = Go on from a copy made before that signature, or ask for the document again.
document_other = The documents are about different transactions: { $actual } and { $expected }.
    .remedy = Merge copies of one document only.
document_conflict = { OFFICE($signer) } has signed with two different keys: { $one } and { $other }.
    .remedy = Find out which key is registered, and take the other signature out with timebank doc unsign.
document_chain = The document is for another chain ({ $actual }); the one trusted here is { $expected }.
    .remedy = Check the genesis document.
qr_malformed = This is not a QR code of this wallet, or not all of it was read.
    .remedy = Ask the other side to open the wallet and show the code again.
qr_other = QR code { $part } belongs to something else ({ $actual }); what is being scanned is { $expected }.
    .remedy = Go on with the codes of the same content; to scan another, start again.
qr_damaged = These QR codes do not make up the content they name ({ $id }).
    .remedy = Scan again from the first one; if that does not help, ask for a file.
qr_kind = The QR codes hold { WORD($actual) }, and { WORD($expected) } is needed.
    .remedy = Ask the other side for the code that is needed.
qr_too_long = The content has { $length } bytes, and QR codes take at most { $length_max }.
    .remedy = Send it as a file.
signer_key = { OFFICE($signer) } is not the key at hand ({ $key }).
    .remedy = Use the key file it belongs to, or write key=FILE.
signer_unsigned = The one who asks, { OFFICE($signer) }, has not signed yet.
    .remedy = Let them sign first.
envelope_form = The transaction cannot be submitted: { $reason }
    .remedy = Take out signatures that are not needed, or build it again.
genesis_malformed = Not a genesis document: { $reason }
    .remedy = Get the genesis document from your street office.
trust_missing = There is no genesis document, so nobody is trusted and nothing can be checked.
    .remedy = Name one with --genesis, or take this node's word with --unverified.
request_refused = The node finds the request wrong ({ $answer }): { $reason }
    .remedy = Check the versions of program and node.

## The node

node_unreachable = Node { $node } cannot be reached: { $reason }
    .remedy = Check network and address, or ask another node. Submitting again is always safe.
node_busy = Node { $node } cannot take this now ({ $answer }).
    .remedy = Try again in { $retry_after_s } s; submitting again is always safe.
node_failed = Node { $node } failed ({ $status }, { $answer }): { $reason }
    .remedy = Ask another node, and tell its operator.
answer_malformed = The answer of node { $node } cannot be understood: { $reason }
    .remedy = Check address and version.
not_final = Transaction { $id } is not in a block after { SPAN($waited_ms) }; it may still be.
    .remedy = Look later with timebank tx show, or submit the same document again, which is always safe.
month_not_over = The month { $month } is not closed yet; the newest block is { $height }.
    .remedy = The chain closes a month when it is over.
audit_failed = The audit fails at block { $height }: { $reason }.
    .remedy = Do not trust this node; ask another, and if it fails there too, tell the city.
not_found = There is no { WORD($thing) } { OFFICE($id) }.
    .remedy = Check the identifier.
refused = The ledger refuses the transaction.

## Checks

other_chain = The node serves another chain ({ $actual }); the one trusted here is { $expected }.
    .remedy = Check the node's address and the genesis document.
proof_missing = The node gave no proof of the { WORD($thing) } { OFFICE($id) }.
    .remedy = Ask another node.
proof_other_record = The proof is about another record.
    .remedy = Do not trust this node; ask another.
proof_tree = The record is not in the proven state ({ $reason }).
    .remedy = Do not trust this node; ask another.
proof_foreign_set = Block { $height } is by strangers ({ $actual }), not by the trusted validators ({ $expected }).
    .remedy = Check the genesis document; do not trust this node.
proof_set_changes = The changes of the validator set do not lead from block { $trusted_since } to block { $height }, whose set is of block { $last_set_change }.
    .remedy = Ask another node; this one may lag behind.
proof_next_set = Block { $height } names other next validators than those given.
    .remedy = Do not trust this node; ask another.
certificate_other_block = The certificate is not for block { $height } ({ $reason }).
    .remedy = Do not trust this node; ask another.
certificate_foreign_signer = The certificate of block { $height } is signed by { $validator }, who is no validator.
    .remedy = Do not trust this node; ask another.
certificate_no_quorum = Only { $power } of { $total } power signed block { $height }; more than two thirds are needed.
    .remedy = Do not trust this node; ask another.
certificate_signature = The certificate of block { $height } is wrong ({ $reason }).
    .remedy = Do not trust this node; ask another.
proof_broken = A link of the proof is broken ({ $link }): { $reason }.
    .remedy = Do not trust whoever gave you this proof; ask another node.
proof_stale = The proof is of { TIME($time_ms) }, { SPAN($age_ms) } ago; at most { SPAN($age_ms_max) } are allowed.
    .remedy = Ask another node; if the chain has had nothing to do, allow more with --max-age.
went_back = The node answers as of block { $height }, and block { $seen } has been seen before; ask again later, or another node.
    .remedy = Ask again in some seconds, or another node with --node.
record_malformed = The proven record of { WORD($thing) } { OFFICE($id) } cannot be read: { $reason }
    .remedy = Update the program.
block_altered = The { WORD($part) } of block { $height } are not those its header names.
    .remedy = Do not trust this node; ask another.
transaction_misplaced = Transaction { $id } is not at index { $index } of block { $height }.
    .remedy = Do not trust this node; ask another.
history_altered = The { $shown } postings shown are not the { $length } the account's proven record commits to.
    .remedy = Do not trust this node; ask another.

## Paper records

record_header = line { $line }: the header does not name the columns it must
record_columns = line { $line }: too few or too many columns, or quotes that do not end
record_column = line { $line }: { $column } cannot be read: { $value }
record_person = line { $line }: { $column } { $value } is neither in the roster nor an account id
record_times = line { $line }: the service ends when it begins
record_number_twice = line { $line }: number { $value } is given twice
record_person_twice = line { $line }: { $value } is listed twice

## What QR codes hold
word-qr_document = a document to sign
word-qr_card = a membership card
word-qr_challenge = a request to show a card
word-qr_proof = a proof
word-qr_checkpoint = a checkpoint
word-qr_account = an account
