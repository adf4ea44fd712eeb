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

## Statuses of orders
word-posted = posted
word-accepted = accepted
word-started = started
word-completed = completed, to be verified
word-verified = verified, to be settled
word-settled = settled
word-cancelled = cancelled
word-lapsed = lapsed
word-rejected = rejected

## Reasons for not approving
word-not_served = not served
word-wrong_provider = wrong provider
word-wrong_recipient = wrong recipient
word-wrong_times = wrong times
word-evidence_insufficient = evidence insufficient

## Pools and budgets
word-donation = donation pool
word-grant = grant pool
word-reserve = reserve pool
word-service = service
word-fund = fund

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

## Scopes of proxies
word-orders = orders
word-redemption = redemption
word-orders_and_redemption = orders and redemption

## Parties of an order
word-provider = provider
word-recipient = recipient
word-poster = poster
