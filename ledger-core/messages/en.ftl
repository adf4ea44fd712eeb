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

## Standing of accounts

account_closed = Account { $account } is closed; it does nothing any more.
    .remedy = Use another account; a closed one cannot be opened again.
account_frozen = Account { $account } is frozen and cannot spend.
    .remedy = Ask the street office why; a registrar and an arbiter can unfreeze it.
group_may_not_spend = Group { $group } may not spend: the policy of its home district does not allow it.
    .remedy = Let a member spend from their own account, or ask the district to change its policy.
frozen_already = Account { $account } is frozen already.
    .remedy = Nothing is left to do.
not_frozen = Account { $account } is not frozen.
    .remedy = Nothing is left to do.
programmes_max = An account belongs to at most { $limit } programmes; { $count } were given.
    .remedy = Give fewer programmes.
programmes_order = The programmes are not in order, or one is named twice: { $programme }.
    .remedy = Sort them by code and name each once.
home_unchanged = The account is at home in { OFFICE($home) } already.
    .remedy = Give the street it moves to.
merchant_stays = Merchant { $merchant } cannot move: what it is owed is settled by its home district.
    .remedy = Settle and close it, then register a merchant in the new street.

## Closing an account

orders_open = Account { $account } still has orders: { $open_orders } as recipient, { $serving } as provider; { $held } min are held for orders it pays.
    .remedy = Wait until the orders have ended, or cancel them, then close.
clawback_due = Account { $account } still owes { $minutes } min since an order was reversed.
    .remedy = Repay them with new minutes first, then close.
merchant_owed = Merchant { $merchant } is still owed { $owed } min.
    .remedy = Let the treasurers settle with the merchant first, then close.
staff_entries = The holder of account { $account } is still on the staff of organisations ({ $entries } entries).
    .remedy = Let the administrators remove these staff entries first, then close.
estate_after_death = Minutes go to the estate of { $heir } only after death, when a registrar and an arbiter close the account.
    .remedy = A holder who closes the account leaves the rest to kin or donates it.
rest_to_itself = What account { $account } leaves cannot go to itself.
    .remedy = Give another person, or donate it.

## Minors and guardians

minor_keyless = A minor with a legal guardian ({ $guardian }) has a key of its own.
    .remedy = Make a key for the minor; without a phone, open a keyless account without a legal guardian.
guardian_keyless = { $guardian } has no key and cannot be guardian.
    .remedy = Choose a guardian who has a key.
guardian_minor = { $guardian } is a minor and cannot be guardian.
    .remedy = Choose somebody of age; a registrar and the identity registry change a legal guardian.
guardian_self = { $account } cannot be its own guardian.
    .remedy = Give another person.
legal_guardian_unchanged = The legal guardian of { $account } stays what it was.
    .remedy = Check the account and the guardian.

## Recovery of lost keys

guardians_max = An account has at most { $limit } guardians; { $count } were given.
    .remedy = Give fewer guardians.
guardians_order = The guardians are not in order, or one is named twice: { OFFICE($guardian) }.
    .remedy = Sort them by id and name each once.
guardian_threshold = { $threshold } guardians would have to sign, and there are { $count }.
    .remedy = Ask for at least 1 and at most all of them; 0 when there are none.
recovery_delay = A delay of { SPAN($delay_ms) } is not allowed; it lies between { SPAN($least_ms) } and { SPAN($greatest_ms) }.
    .remedy = Choose a delay within these bounds.
recovery_running = The key of account { $account } is being recovered; the delay ends at { TIME($finishes_ms) }.
    .remedy = Wait until it is done; if you did not ask for it, cancel it before then.
recovery_none = The key of account { $account } is not being recovered.
    .remedy = Check the account.
recovery_support = Recovering the key of account { $account } takes { $threshold } guardians, or a registrar and one guardian; { $signed } guardians have signed.
    .remedy = Ask more guardians, or a registrar of the home street, to sign.
recovery_paused = A recovery started by { OFFICE($initiator) } was cancelled; it may start none for this account until { TIME($until_ms) }.
    .remedy = Let others start it, or wait until then.
recovery_confirmed = An arbiter stands behind the recovery of account { $account }; the old key cannot cancel it.
    .remedy = Object at the street office.
recovery_over = The delay of the recovery of account { $account } ended at { TIME($finishes_ms) }; it can no longer be cancelled.
    .remedy = Object at the street office; a registrar and an arbiter can freeze the account.
recovery_waits = The delay of the recovery of account { $account } ends at { TIME($finishes_ms) }.
    .remedy = Try again then; the ledger also does it by itself.

## Groups

not_a_group = { $account } is not a group's account.
    .remedy = Give a group's account.
member_changes_max = At most { $limit } members join or leave at once; { $count } were given.
    .remedy = Submit them in several steps.
members_order = The members are not in order, or one is named twice: { $member }.
    .remedy = Sort them by account and name each once.
members_max = A group has at most { $limit } members; it would have { $count }.
    .remedy = Let some leave first, or open another group.
member_already = { $member } belongs to group { $group } already.
    .remedy = Leave this one out.
not_a_member = { $member } does not belong to group { $group }.
    .remedy = Check the account, or let the person join first.

## Roles

role_missing = A signature is missing: { WORD($role) } of { OFFICE($organisation) }, or of an organisation above it.
    .remedy = Let somebody sign as { WORD($role) }, of that organisation or of one above it.
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

## Organisations and staff

organisation_exists = Organisation { OFFICE($organisation) } is registered already.
    .remedy = Check the division code; nothing is left to register.
organisation_level = A { WORD($level) } cannot be directly below a { WORD($parent_level) }.
    .remedy = Give the level one below the parent's.
staff_changes_max = { $count } staff entries are changed at once; at most { $limit } may be.
    .remedy = Split the change over several transactions.
staff_changes_order = The staff changes are not sorted by number, or name number { $number } twice.
    .remedy = Sort by number and give each number once.
staff_max = The organisation would have more than the { $limit } staff entries it may.
    .remedy = Remove people who no longer serve first.
staff_roles = The roles of staff entry { OFFICE($staff) } are none, not sorted, or name one twice.
    .remedy = Give at least one role, each once, in the rules' order.
identity_registry_outside_city = Identity registries belong to the city's own organisation, not to { OFFICE($organisation) }.
    .remedy = Make the entry in the city's organisation.
threshold_unreachable = { $threshold } administrators would have to sign, and there would be { $people }.
    .remedy = Choose a threshold between 1 and the number of administrators.

## Policy and catalogue

policy_scope = Policy is set for the city or a district; { OFFICE($scope) } is neither.
    .remedy = Give the division code of the city or of a district.
policy_city_only = Only the city sets: { WORD($parameter) }.
    .remedy = Let the city's administrators ask for it.
policy_value = { WORD($parameter) }: not a value it may take; { VALUE($parameter, $least) } to { VALUE($parameter, $greatest) } are allowed.
    .remedy = Give a value in that range; programme codes sorted, each once.
policy_looser = { WORD($parameter) }: looser than the city's { VALUE($parameter, $city) }; a district may only tighten.
    .remedy = Give a value no looser than the city's, or ask the city to change its own.
acts_already = A value already acts on { $day } and is never rewritten.
    .remedy = Let the new value act from tomorrow or later.
scheduled_max = More than { $limit } values would be scheduled for the days to come.
    .remedy = Wait until one of them acts.
policy_not_set = { OFFICE($scope) } has not set: { WORD($parameter) }. There is nothing to withdraw.
    .remedy = Check the parameter and the day; timebank policy list shows what is set.
service_unknown = There is no service code { $code }.
    .remedy = See the catalogue with timebank catalogue list.
catalogue_entry = The bounds or multiplier of service code { $code } admit no service.
    .remedy = Give 1 to 1440 minutes, the least not above the greatest, and a multiplier of at most 1000 %.
day_past = The first day { $day } has passed; today is { $today }.
    .remedy = Give today or a later day.

## The chain

validators_malformed = The list is not a validator set: { $reason }
    .remedy = Sort by consensus key, each key once, with powers in bounds.
validators_unchanged = The validator set is the current one.
    .remedy = Nothing is left to do.
validators_changed_now = The validator set was changed in this block already.
    .remedy = Submit again in the next block.
validators_changes_max = The validator set changes at most { $limit } times within 24 hours.
    .remedy = Submit again after 24 hours.
validators_removed = { $removed } of { $total } power would be gone within 24 hours, a third or more.
    .remedy = Remove less than a third at a time, over several days.
validators_added = { $added } of { $total } power would be new within 24 hours, a third or more.
    .remedy = Add less than a third at a time, over several days.
validator_unknown = No validator of the last 24 hours has the address { $validator }.
    .remedy = Evidence is taken while the validator serves and for 24 hours after.
evidence_height = The evidence is of height { $height }, which has not begun; the height now is { $now }.
    .remedy = Check the evidence.
evidence_known = This evidence is on record already.
    .remedy = Nothing is left to do.
evidence_per_day = { $limit } pieces of evidence against validator { $validator } went on record today, which is the daily limit.
    .remedy = The offence is proven; if more is to be on record, submit it tomorrow.
evidence_invalid = The two votes prove nothing: { $reason }
    .remedy = Check chain, height, round, step and signatures of both votes.
not_a_test_chain = Only a test chain's time can be moved.
    .remedy = On a production chain the nodes' clocks decide.
time_not_later = Time moves forward only: { TIME($to_ms) } was given, { TIME($least_ms) } is the earliest.
    .remedy = Give a later time.
time_too_far = Time would move too far at once: { TIME($to_ms) } was given, { TIME($latest_ms) } is the latest.
    .remedy = Move it in several steps.

## Training and campaigns

participants_count = The record lists { $count } participants; 1 to { $limit } are allowed.
    .remedy = List everyone who took part; split a longer list into several records.
participant_twice = { $account } is listed twice.
    .remedy = List everyone once.
attendance_length = It took { SPAN($length_ms) }; one record is of one day at most.
    .remedy = Record each day by itself.
attendance_unverified = No social worker who serves { OFFICE($district) } has signed.
    .remedy = Let a social worker of the district, of its streets or service points, or of the city sign beside the organiser.
attendance_party = { $person } attests the record and is listed as a participant.
    .remedy = Let somebody who did not take part sign, or take them off the list.
attendance_kin = The social worker { $person } is kin of the participant { $participant }.
    .remedy = Let another social worker sign.
attendance_budget_scope = Budget line { $budget } is for { OFFICE($scope) } and does not cover { OFFICE($district) }.
    .remedy = Use a budget line of the district or of the city.

## Upgrades

upgrade_too_soon = An upgrade from { $from_day } on is too soon; { $earliest } is the earliest.
    .remedy = Give a later day, so that every office has time to install the new program.
upgrade_not_newer = Version { $version } of the rules is not newer than version { $current }, which is in force.
    .remedy = Give a higher version.

## Clearing

clearing_unknown = The month { $month } is not closed yet.
    .remedy = The chain closes a month by itself when it is over; ask again then.
clearing_hash = The clearing of { $month } has the hash { $expected }; the one signed for is { $given }.
    .remedy = Compute the month from the blocks again with timebank audit clearing; if the difference stays, do not sign and tell the city.
clearing_cosigned = { $person } has confirmed the clearing of { $month } already.
    .remedy = Nothing is left to do.
clearing_cosignatures_max = { $limit } auditors have confirmed the clearing of { $month }, which is the limit.
    .remedy = Nothing is left to do.

## Budgets and pools

budget_unknown = There is no budget line { $budget }.
    .remedy = Check its identifier; a new line exists once the transaction that opens it is applied.
budget_line_max = One budget line has at most { $limit } min; { $requested } min were asked for.
    .remedy = Open several lines.
budget_purpose = Budget line { $budget } is for { WORD($purpose) } and cannot be used for this.
    .remedy = Use a budget line of the right purpose.
budget_expired = The last day of budget line { $budget } was { $last_day }; today is { $today }.
    .remedy = Use a budget line that has not ended.
budget_exceeded = Budget line { $budget } has { $available } min left, less than the { $requested } min asked for.
    .remedy = Lower the amount, or open another line.
pool_outside_scope = Pool { OFFICE($pool) } lies outside the budget line's scope { OFFICE($scope) }.
    .remedy = Use a budget line whose scope covers that organisation.

## Accounts

home_not_a_street = { OFFICE($organisation) } is a { WORD($level) }; an account's home is a street office.
    .remedy = Give the division code of a street office.
identity_taken = An account was opened for this identity before ({ $identity }).
    .remedy = One person has one account: recover the old one.
key_unchanged = The new key is the old one.
    .remedy = Make a new key with timebank key new.

## Kin

kin_self = { $account } cannot be kin to itself.
    .remedy = Give another person's account.
kin_linked = { $account } and { $kin } are linked as kin already.
    .remedy = Nothing is left to do; to change the relation, unlink first.
kin_unknown = { $account } and { $kin } are not linked as kin.
    .remedy = Link them first.
kin_max = { $account } has as many kin as it may: { $limit }.
    .remedy = Unlink one first.
allowance_missing = { $payer } has set no allowance for the orders of { $kin }, and has not signed.
    .remedy = Let the payer sign, or set a monthly allowance.
allowance_expired = The last day of the kin allowance was { $last_day }; today is { $today }.
    .remedy = Let the payer renew the allowance, or sign.
allowance_exceeded = Of the kin allowance of { $limit } min a month { $used } min are used; { $requested } min more do not fit.
    .remedy = Let the payer raise the allowance or sign, or lower the amount.
ended_uses_max = { $account } has ended { $limit } monthly limits this month that were used; no new one can be set.
    .remedy = Wait for next month.

## Proxies

proxy_self = { $principal } cannot be its own proxy.
    .remedy = Appoint another person or a clerk.
proxy_keyless = { OFFICE($proxy) } has no key and cannot act for another.
    .remedy = Appoint someone who has a key.
proxies_max = { $principal } has as many proxies as it may: { $limit }.
    .remedy = Revoke one first.
proxy_unknown = { $principal } has not appointed { OFFICE($proxy) }.
    .remedy = Appoint the proxy first.
proxy_scope = { OFFICE($proxy) } may act in: { WORD($scope) }; this is not included.
    .remedy = Let the principal or another proxy do it, or widen the appointment.
proxy_not_active = { OFFICE($proxy) } may act from { TIME($active_from_ms) }.
    .remedy = Try again then.
proxy_expired = The last day of the proxy { OFFICE($proxy) } was { $last_day }; today is { $today }.
    .remedy = Appoint the proxy again.
clerk_not_entitled = { OFFICE($clerk) } is not a clerk of an organisation that serves { OFFICE($home) }.
    .remedy = Appoint a clerk of that street, of one of its service points, or from above it.
proxy_person = { $proxy } was appointed when it was somebody else's; now it is { $person }'s.
    .remedy = Appoint the proxy again.
proxy_is_party = The proxy, { $person }, is itself the other side.
    .remedy = Let another proxy act.
proxy_limit = { OFFICE($proxy) } may commit { $limit } min a month and has committed { $used } min; { $requested } min more do not fit.
    .remedy = Lower the amount, or wait for next month.

## Gifts, donations, merchants, redemption

pool_not_donation = { OFFICE($pool) } is not a donation pool.
    .remedy = Give a donation pool, such as 320102:donation.
not_a_merchant = { $account } is not a merchant's account.
    .remedy = Give a merchant's account.
items_max = There are { $count } items; at most { $limit } are allowed.
    .remedy = List fewer items.
items_order = The items are not sorted by code, or name code { $item } twice.
    .remedy = Sort by code and give each code once.
item_price_zero = Item { $item } has no price.
    .remedy = Give at least 1 min.
item_unknown = Merchant { $merchant } has no item { $item }.
    .remedy = See the items with timebank merchant items.
item_price = The price of item { $item } is { $price } min, not { $offered } min.
    .remedy = Submit again at the current price.
redemption_threshold = Redeeming needs { $threshold } min spendable; there are { $spendable }.
    .remedy = Save up first.
redemption_programme = Only members of one of { $programmes } may redeem.
    .remedy = Let the street office check the account's programmes.

## Minutes

insufficient_minutes = Account { $account } has { $available } min available, less than the { $requested } min asked for.
    .remedy = Lower the amount to { $available } min or less.

## Grants, pools and reversals

grantees_count = The grant names { $count } accounts; it names from 1 to { $limit }.
    .remedy = Split the list over several transactions.
grantees_order = The accounts of the grant are not sorted, or { $account } is named twice.
    .remedy = Sort the accounts and name each once.
programme_missing = Account { $account } does not belong to programme { $programme }.
    .remedy = Take it off the list, or have a registrar and a social worker of its street set its programmes first.
grantee_outside_scope = Account { $account } is not at home within { OFFICE($scope) }.
    .remedy = Take it off the list, or use a budget line or pool of an organisation above its home.
pool_reserve = { OFFICE($pool) } is a reserve pool, which only makes the payers of reversed orders whole.
    .remedy = Use a grant pool or a donation pool.
pool_insufficient = { OFFICE($pool) } has { $available } min, less than the { $requested } min asked for.
    .remedy = Lower the amount, or fund the pool first.
owed_exceeded = Merchant { $merchant } is owed { $owed } min; { $requested } min cannot be settled.
    .remedy = Settle { $owed } min or less.
reversal_too_late = Order { $order } was paid at { TIME($settled_ms) } and could be reversed until { TIME($latest_ms) }.
    .remedy = It can no longer be reversed; settle the matter off the ledger.
reversal_nothing_paid = Order { $order } was settled without paying anything.
    .remedy = There is nothing to take back.

## Orders

order_unknown = There is no order { $order }.
    .remedy = Check the order's identifier; it exists once the transaction that posts it is applied.
order_not_ready = Order { $order } is { WORD($status) }; it must be { WORD($needed) } first.
    .remedy = Submit again once the step before it is applied.
order_status = Order { $order } is { WORD($status) }; this can only be done while it is { WORD($needed) }.
    .remedy = See the order with timebank order show; post a new one if needed.
order_lapsed = Order { $order } lapsed at { TIME($lapsed_ms) }.
    .remedy = Post a new order.
order_district = { OFFICE($organisation) } is a { WORD($level) }; services take place in a district.
    .remedy = Give the six-digit code of the district.
order_minutes = { $minutes } min lie outside the bounds of this service: { $least } to { $most } min.
    .remedy = Give { $least } to { $most } min.
quantum = { $minutes } min is not a multiple of { $quantum } min.
    .remedy = Round to a multiple of { $quantum } min.
window_empty = The window ends at { TIME($window_end_ms) }, which is not after its start at { TIME($window_start_ms) }.
    .remedy = Give an end after the start.
window_past = The window ended at { TIME($window_end_ms) }; block time is { TIME($now_ms) }.
    .remedy = Give a later window; record a service that took place with timebank service record.
window_length = The window is { SPAN($length_ms) } long; at most { SPAN($limit_ms) } is allowed.
    .remedy = Give a shorter window, or post several orders.
window_too_far = The window ends at { TIME($window_end_ms) }; at the latest it may end at { TIME($latest_ms) }.
    .remedy = Post the order nearer to its time.
window_not_begun = The order's window begins at { TIME($window_start_ms) }; block time is { TIME($now_ms) }.
    .remedy = Check in once the window has begun.
open_orders_max = { $recipient } has { $limit } open orders, which is the most.
    .remedy = Wait until one is settled, or cancel one.
budget_outside_scope = Budget line { $budget } is for { OFFICE($scope) } and covers neither the recipient's home nor the order's district.
    .remedy = Use a budget line of the recipient's or the order's district.
budgets_max = All budget lines together may have { $available } min more; { $requested } min were asked for.
    .remedy = Open a smaller line.
provider_is_recipient = { $provider } is the recipient and cannot serve itself.
    .remedy = Let somebody else serve.
provider_is_poster = { $provider } posted the order and cannot serve it.
    .remedy = Let somebody else serve.
member_missing = { $group } is a group; the member who serves is missing.
    .remedy = Name a member of the group, who signs together with it.
member_unneeded = { $provider } is a person and serves itself; { $member } cannot be named as the one who serves.
    .remedy = Leave the member out, or give the group's account as the provider.

## Service

service_empty = The service ends at { TIME($end_ms) }, which is not after its start at { TIME($start_ms) }.
    .remedy = Give an end after the start.
service_in_future = The service ends at { TIME($end_ms) }; block time is { TIME($now_ms) }.
    .remedy = Report it once it is over.
backdating = The service began on { $day }; today only services since { $earliest } can be reported.
    .remedy = It can no longer be recorded; report services in time.
service_length = The service took { SPAN($length_ms) }; services of this kind take { $least } to { $most } min.
    .remedy = Check start, end and service code.
outside_window = The service began at { TIME($start_ms) }, outside the order's window from { TIME($window_start_ms) } to { TIME($window_end_ms) }.
    .remedy = Check the start, or record the service without this order.
service_below_quantum = The service took { SPAN($length_ms) }, less than the { $quantum } min that count at least.
    .remedy = Check start and end.
claim_exceeds_service = { $claimed } min are claimed; the service took { $served } min.
    .remedy = Claim at most { $served } min.
service_overlaps = { $provider } served under order { $order } from { TIME($start_ms) } to { TIME($end_ms) }, which overlaps.
    .remedy = Check start and end; nobody serves two people at once.
daily_limit = On { $day } { $limit } min can be earned; { $claimed } min are claimed already, { $requested } min more do not fit.
    .remedy = Claim at most what is left of that day.
pair_monthly_limit = In { $month } one provider can serve one recipient { $limit } min; { $claimed } min are claimed already, { $requested } min more do not fit.
    .remedy = Let somebody else serve, or claim less.

## Verification

verifier_missing = The signature of a social worker who serves { OFFICE($home) } or { OFFICE($district) } is missing.
    .remedy = Let a social worker of the recipient's home or of the order's district sign.
second_verifier_missing = { $claimed } min are claimed; above { $threshold } min two social workers verify.
    .remedy = Let a second social worker sign the same document.
verifier_is_party = { $person } is the order's { WORD($party) } and cannot verify it.
    .remedy = Let another social worker verify.
verifier_is_kin = { $person } is kin of the provider { $provider } and cannot verify.
    .remedy = Let another social worker verify.
verifier_is_guardian = { $person } is the legal guardian of { $minor } and cannot verify.
    .remedy = Let another social worker verify.
verifier_same_organisation = Clerk { OFFICE($clerk) } acted for the recipient; nobody of { OFFICE($organisation) } can verify.
    .remedy = Let a social worker of another service point or of the street office verify.
approved_exceeds_claim = { $approved } min are approved; { $claimed } min were claimed.
    .remedy = Approve at most { $claimed } min.

## Ratings

stars = A rating of { $stars } stars is not possible; it has 1 to { $most }.
    .remedy = Give 1 to { $most } stars.
rated_already = This side of order { $order } has been rated already.
    .remedy = Nothing is left to do; each side is rated once.

## Disputes

dispute_window_over = The time to dispute order { $order } ended at { TIME($ended_ms) }.
    .remedy = Ask an arbiter and a treasurer of the district whether the order can be reversed.
appeal_window_over = The time to appeal in order { $order } ended at { TIME($ended_ms) }.
    .remedy = Nothing is left to do; the decision is paid.
decision_final = There has been an appeal in order { $order }; the decision is final.
    .remedy = Nothing is left to do; the decision is paid.
split_exceeds_approval = The provider would get { $split } min, but only { $approved } min were approved.
    .remedy = Give the provider at most { $approved } min.
arbiter_verified = { $person } has verified the order and cannot decide about it.
    .remedy = Let another arbiter decide.
arbiter_is_party = { $person } is the order's { WORD($party) } and cannot decide about it.
    .remedy = Let another arbiter decide.
arbiter_is_kin = { $person } is kin or legal guardian of { $side } and cannot decide about the order.
    .remedy = Let another arbiter decide.
arbiter_decided_before = { $person } made the decision that the appeal is against.
    .remedy = Let another arbiter of the city decide.
