# One message for each rule, under its stable code: the actual value and the limit; .remedy says the way out.
# Whoever adds a rejection (ledger/rejection.rs) adds it here in both languages. Grouped by the codes' subjects.

## The envelope

envelope_malformed = The transaction is malformed: { $reason }
    .remedy = Build and sign it again with a current wallet.
wrong_chain = The transaction is for another chain ({ $actual }); this chain is { $expected }.
    .remedy = Check the genesis document and node address in the wallet's configuration and build the transaction again.
expired = The transaction expired at { TIME($valid_until_ms) }; block time is { TIME($now_ms) }.
    .remedy = Build the transaction again and collect the signatures.
valid_too_long = The transaction is valid until { TIME($valid_until_ms) }; at the latest it may be { TIME($latest_ms) }.
    .remedy = Shorten the validity and sign again.
already_applied = The transaction has already been applied and will not be applied again.
    .remedy = Nothing is left to do; see its receipt with timebank tx show.
signer_unknown = The ledger has no key for signer { OFFICE($signer) }.
    .remedy = Check the identifier; a new account or staff entry can sign from the next block on.
signature_wrong = The signature of { OFFICE($signer) } is wrong.
    .remedy = Sign again with the key registered for this signer now.
signature_missing = The signature of { OFFICE($signer) } is missing.
    .remedy = Let them sign the same document, then submit it.
signature_unneeded = The operation has no use for the signature of { OFFICE($signer) }.
    .remedy = Remove that signature and submit again.
signer_not_entitled = { OFFICE($signer) } may not ask for this operation.
    .remedy = Let one of those the operation names ask for it.
transactions_per_day = The signer has submitted { $limit } transactions today, which is the daily limit.
    .remedy = Submit tomorrow, or let another entitled signer ask for it.
number_overflow = A figure is beyond what the ledger can record.
    .remedy = Check the amount, lower it and submit again.
minutes_zero = The number of minutes is zero.
    .remedy = Give at least 1 minute.

## Roles

role_missing = The signature of a { WORD($role) } of { OFFICE($organisation) }, or of an organisation above it, is missing.
    .remedy = Let a { WORD($role) } of that organisation or of one above it sign.
same_person = Two different people must sign, but both signatures are those of { $person }.
    .remedy = Let another entitled person sign.
threshold_not_met = { OFFICE($organisation) } needs the signatures of { $threshold } administrators; { $signed } signed.
    .remedy = Let more administrators sign the same document.
staff_unknown = There is no staff entry { OFFICE($staff) }.
    .remedy = Check the organisation's code and the staff number.
key_refused = The key { $key } cannot be registered: { $reason }
    .remedy = Make a new key with timebank key new.

## Things that must exist

organisation_unknown = There is no organisation { OFFICE($organisation) }.
    .remedy = Check the division code; timebank org list shows those that are registered.
account_unknown = There is no account { $account }.
    .remedy = Check the account's identifier; a new account exists once the transaction that opens it is applied.
not_a_person = { $account } is not a person's account.
    .remedy = Give a person's account.

## Minutes

insufficient_minutes = Account { $account } has { $available } min available, less than the { $requested } min asked for.
    .remedy = Lower the amount to { $available } min or less.
too_many_lots = Account { $account } holds as many lots of minutes as it may.
    .remedy = Spend minutes that expire soon first.
