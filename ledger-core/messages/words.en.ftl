# Words of the rules: roles, kin, statuses, reasons, policy parameters. Messages refer to them by WORD($x).

## Roles
word-administrator = administrator
word-registrar = registrar
word-clerk = clerk
word-social_worker = social worker
word-treasurer = treasurer
word-arbiter = arbiter
word-auditor = auditor
word-identity_registry = identity registry

## Levels of organisations
word-city = city
word-district = district
word-street = street office
word-service_point = service point

## Kin
word-spouse = spouse
word-parent = parent
word-child = child
word-child_in_law = child-in-law
word-parent_in_law = parent-in-law
word-sibling = sibling
word-grandparent = grandparent
word-grandchild = grandchild

## Where orders stand; .meaning says what that is, and what may come next
word-posted = posted
    .meaning = Waiting for somebody who serves. The payer's minutes are held, or the budget line's reserved. It can be accepted or cancelled, and lapses some time after its window.
word-accepted = accepted
    .meaning = Somebody will serve. It can be started, completed or cancelled; who does not come can be reported once the window has begun; it lapses some time after its window.
word-started = started
    .meaning = Both have checked in. It does not lapse any more and waits to be reported done.
word-completed = completed, to be verified
    .meaning = Reported done; a social worker checks whether it happened. After 30 days without an answer its district is told (escalated); it never lapses.
word-verified = verified, to be settled
    .meaning = A social worker approved it. It is paid when the dispute window has ended, unless somebody disputes it before.
word-disputed = disputed
    .meaning = Somebody disputes it; an arbiter decides, after an appeal one of the city. Nothing is paid before.
word-resolved = decided, to be settled
    .meaning = An arbiter decided what the provider gets. It is paid when the appeal window has ended, unless somebody appeals before; after an appeal it is paid at once.
word-settled = settled
    .meaning = Paid. It can be rated, and reversed within 365 days.
word-cancelled = cancelled
    .meaning = Withdrawn; everything held or reserved for it is free again.
word-lapsed = lapsed
    .meaning = Nobody started it in time; everything held or reserved for it is free again.
word-rejected = rejected
    .meaning = A social worker did not approve it; everything held or reserved for it is free again.
word-no_show = somebody did not come
    .meaning = A party did not come, which is counted in its account; everything held or reserved for it is free again.
word-reversed = reversed
    .meaning = Paid, and taken back later by compensating postings; the innocent payer is made whole.

## What accounts may do; .meaning says what that is
word-active = active
    .meaning = Everything the rules allow.
word-frozen = frozen
    .meaning = Serves and is credited, but spends nothing: no orders at its cost, no gifts, donations or redemption. A registrar and an arbiter can unfreeze it.
word-closed = closed
    .meaning = Nothing any more, for good; its minutes went to kin, the estate or the donation pool when it was closed.

## Reasons for not approving, and for reversing
word-not_served = not served
word-wrong_provider = wrong provider
word-wrong_recipient = wrong recipient
word-wrong_times = wrong times
word-evidence_insufficient = evidence insufficient
word-stolen_key = stolen key
word-fraud = fraud

## Pools and budgets
word-donation = donation pool
word-grant = grant
word-reserve = reserve pool
word-service = service
word-fund = fund
word-training = training
word-campaign = campaign

## Policy parameters
word-cap = cap (min)
word-daily_limit = daily limit (min)
word-quantum = quantum (min)
word-redemption_threshold = redemption threshold (min)
word-redemption_programmes = programmes that may redeem
word-backdating_days = back-dating (days)
word-dispute_window_ms = dispute window
word-order_lapse_ms = order lapse
word-proxy_monthly_limit = proxy's monthly limit (min)
word-dual_verification_above = dual verification above (min)
word-pair_monthly_limit = pair's monthly limit (min)
word-person_transactions_per_day = person's transactions a day
word-staff_transactions_per_day = staff entry's transactions a day
word-open_orders_max = open orders
word-kin_max = kin
word-proxies_max = proxies
word-appeal_window_ms = appeal window
word-earned_expiry_days = earned minutes expire after (days; 0: never)
word-training_creditable_percent = training credited (%)
word-group_may_spend = groups may spend (1: yes, 0: no)
word-recovery_delay_ms = shortest wait of a recovery

## Directions in which a district may tighten a parameter
word-lower = lower is tighter
word-lower_or_off = lower is tighter, 0 is without limit
word-higher = higher is tighter
word-subset = fewer programmes are tighter
word-city_only = only the city sets it

## Scopes of proxies
word-orders = orders
word-redemption = redemption
word-orders_and_redemption = orders and redemption

## Parties of an order
word-provider = provider
word-recipient = recipient
word-poster = poster
word-member = member of the group
word-payer = payer

## Kinds of accounts and sources of minutes
word-person = person
word-merchant = merchant
word-group = group
word-granted = granted
word-earned = earned

## Entries of a history
word-entry_opened = opened
word-entry_key_rotated = key replaced
word-entry_kin_linked = kin linked
word-entry_kin_unlinked = kin unlinked
word-entry_allowance_set = allowance set
word-entry_proxy_appointed = proxy appointed
word-entry_proxy_revoked = proxy revoked
word-entry_held = held
word-entry_released = released
word-entry_paid = paid
word-entry_earned = earned
word-entry_gift_sent = gift sent
word-entry_gift_received = gift received
word-entry_donated = donated
word-entry_pool_received = pool received
word-entry_pool_funded = pool funded
word-entry_redeemed = redeemed
word-entry_item_given = item given
word-entry_items_set = items set
word-entry_expired = expired
word-entry_granted = granted
word-entry_pool_granted = granted from a pool
word-entry_pool_spent = pool spent
word-entry_trained = training
word-entry_campaigned = campaign
word-entry_owed_settled = owed minutes settled
word-entry_frozen = frozen
word-entry_unfrozen = unfrozen
word-entry_closed = closed
word-entry_rest_received = rest of a closed account
word-entry_home_moved = moved
word-entry_programmes_set = programmes set
word-entry_legal_guardian_set = legal guardian set
word-entry_members_set = members set
word-entry_guardians_set = guardians set
word-entry_recovery_started = recovery started
word-entry_recovery_cancelled = recovery cancelled
word-entry_key_recovered = key recovered
word-entry_no_show = did not come
word-entry_rated = rated
word-entry_served_for_group = served for a group
word-entry_taken_back = taken back
word-entry_made_whole = made whole
word-entry_pool_advanced = reserve advanced
word-entry_pool_repaid = reserve repaid

## Operations and who signs them
word-operation_register_organisation = register organisation
word-signed_by_register_organisation = administrators of the parent, to its threshold
word-operation_set_staff = set staff
word-signed_by_set_staff = administrators of the organisation or of the one above, to the threshold
word-operation_set_policy = set policy
word-signed_by_set_policy = administrators of the city, or of the district that tightens, to the threshold
word-operation_set_catalogue = set catalogue
word-signed_by_set_catalogue = administrators of the city, to its threshold
word-operation_set_validators = set validators
word-signed_by_set_validators = administrators of the city, to its threshold
word-operation_open_budget = open budget line
word-signed_by_open_budget = two treasurers who are different people
word-operation_fund_pool = fund pool
word-signed_by_fund_pool = two treasurers who are different people
word-operation_submit_evidence = submit evidence
word-signed_by_submit_evidence = anyone's key
word-operation_open_account = open account
word-signed_by_open_account = registrar, identity registry, the holder's new key; keyless: a social worker in the holder's place; for a minor the legal guardian too
word-operation_rotate_key = rotate key
word-signed_by_rotate_key = the account with its old key, and the new key
word-operation_link_kin = link kin
word-signed_by_link_kin = both, and a registrar
word-operation_unlink_kin = unlink kin
word-signed_by_unlink_kin = either of the two
word-operation_set_kin_allowance = set kin allowance
word-signed_by_set_kin_allowance = the one who pays
word-operation_appoint_proxy = appoint proxy
word-signed_by_appoint_proxy = the principal; keyless: registrar and social worker
word-operation_revoke_proxy = revoke proxy
word-signed_by_revoke_proxy = the principal or the proxy; keyless: registrar and social worker
word-operation_post_order = post order
word-signed_by_post_order = the recipient or a proxy; paid by kin without allowance, the payer too
word-operation_accept_order = accept order
word-signed_by_accept_order = the provider; for a group, the group and the member who serves
word-operation_start_order = start order
word-signed_by_start_order = the provider, and the recipient, a proxy or staff of a service point
word-operation_complete_order = complete order
word-signed_by_complete_order = the provider, and the recipient or a proxy
word-operation_cancel_order = cancel order
word-signed_by_cancel_order = the poster, the provider, the recipient or staff
word-operation_verify_order = verify order
word-signed_by_verify_order = a social worker; two above the dual threshold
word-operation_record_service = record service
word-signed_by_record_service = the provider (for a group, also the member who served), and the recipient or a proxy; paid by kin without allowance, the payer too
word-operation_gift = gift
word-signed_by_gift = the one who gives
word-operation_donate = donate
word-signed_by_donate = the one who gives
word-operation_register_merchant = register merchant
word-signed_by_register_merchant = two treasurers and the merchant's new key
word-operation_set_items = set items
word-signed_by_set_items = the merchant and a treasurer
word-operation_redeem = redeem
word-signed_by_redeem = the holder or a proxy, and the merchant
word-operation_advance_time = advance time
word-signed_by_advance_time = administrators of the city, to its threshold
word-operation_set_legal_guardian = set legal guardian
word-signed_by_set_legal_guardian = registrar, identity registry, and the new guardian if there is one
word-operation_open_group = open group
word-signed_by_open_group = registrar, social worker (different people), and the group's new key
word-operation_set_members = set members
word-signed_by_set_members = the group and a registrar of its home street
word-operation_set_programmes = set programmes
word-signed_by_set_programmes = registrar and social worker (different people)
word-operation_move_home = move home
word-signed_by_move_home = the holder and a registrar of the new street; keyless: a registrar of the new street and a social worker of the old one
word-operation_freeze = freeze account
word-signed_by_freeze = registrar and arbiter (different people)
word-operation_unfreeze = unfreeze account
word-signed_by_unfreeze = registrar and arbiter (different people)
word-operation_close_account = close account
word-signed_by_close_account = registrar and holder; after death or keyless: registrar and arbiter (different people)
word-operation_set_guardians = set guardians
word-signed_by_set_guardians = the holder
word-operation_start_recovery = start recovery
word-signed_by_start_recovery = the new key, and the threshold of guardians, or a registrar and a guardian, or, without guardians, a registrar and an arbiter
word-operation_cancel_recovery = cancel recovery
word-signed_by_cancel_recovery = the account with its old key
word-operation_finish_recovery = finish recovery
word-signed_by_finish_recovery = any account or member of staff
word-operation_report_no_show = report no-show
word-signed_by_report_no_show = the other party, or staff
word-operation_rate_order = rate order
word-signed_by_rate_order = the other party
word-operation_open_dispute = open dispute
word-signed_by_open_dispute = a party, the payer, or staff
word-operation_resolve_dispute = resolve dispute
word-signed_by_resolve_dispute = an arbiter; after an appeal one of the city
word-operation_appeal = appeal
word-signed_by_appeal = a party or the payer
word-operation_reverse_order = reverse order
word-signed_by_reverse_order = an arbiter, and a treasurer of the district or above it (different people)
word-operation_record_training = record training
word-signed_by_record_training = the organiser and a social worker (different people)
word-operation_record_campaign = record campaign
word-signed_by_record_campaign = the organiser and a social worker (different people)
word-operation_grant = grant
word-signed_by_grant = two treasurers who are different people
word-operation_spend_pool = spend from pool
word-signed_by_spend_pool = two treasurers who are different people
word-operation_settle_merchant = settle with merchant
word-signed_by_settle_merchant = two treasurers who are different people, and the merchant
word-operation_schedule_upgrade = schedule upgrade
word-signed_by_schedule_upgrade = administrators of the city, to its threshold
word-operation_cosign_clearing = co-sign clearing
word-signed_by_cosign_clearing = an auditor

## Things
word-account = account
word-order = order
word-transaction = transaction
word-block = block
word-organisation = organisation
word-budget = budget line
word-pool = pool
word-clearing = closed month
word-supply = supply
word-identity = identity
word-path = path
word-kin = kin
word-members = group
word-recovery = guardian of account
word-membership = active membership of
word-genesis = genesis document

## Parts of a request
word-query = query
word-cursor = cursor
