# Statements, demand and matching.

## Statements
statement-account = Statement of account
statement-merchant = Merchant's statement
statement-district = District's statement
statement-subtitle = { $month } · { $subject }
statement-footer = { $title } { $month } · { $subject }
statement-opening = at the beginning
statement-received = came in
statement-left = went out
statement-closing = at the end
statement-given = given
statement-settled = settled
statement-balances = { $opening } + { $received } − { $left } = { $closing }
statement-provisional = The month is not over: this is how things stood on { TIME($known_ms) }.
statement-proven = Every entry leads to the account's proven record as of { TIME($known_ms) }: none is missing, added or changed.
statement-booked = Computed from the blocks, executed again, up to { TIME($known_ms) }.
statement-of_account = account
statement-of_merchant = merchant
statement-holder = whose account
statement-status = may do
statement-home = home street
statement-figures = What the account has
statement-figure = figure
statement-spendable = can be spent
statement-held = held under open orders
statement-clawback_due = to be repaid
statement-honorary = honorary
statement-service_given = service given
statement-training_given = training
statement-owed = owed for goods
statement-kinds = By kind
statement-kind = what
statement-count = entries
statement-lines = Every entry
statement-time = when
statement-about = with, for
statement-sum = together
statement-items = By item
statement-item = item
statement-times = how often
statement-minutes = for
statement-to = to
statement-people = People
statement-at_home = live here
statement-opened = accounts opened
statement-closed = accounts closed
statement-served = served here
statement-were_served = were served here
statement-services = Services here that were paid for
statement-service = service
statement-orders = orders
statement-time_served = service
statement-reversed = taken back
statement-clearing = With the other districts
statement-clearing_given = paid here by its people
statement-clearing_taken = paid there by people from here
statement-clearing_district = district
statement-net = net
statement-clearing_open = The month is not closed yet; how the district stands with the others is known then.
statement-clearing_agrees = Recomputed from the blocks; the chain's record of the month says the same.
statement-clearing_differs = Recomputed from the blocks; the chain's record of the month says something else. Tell the auditor.
statement-clearing_waits = Recomputed from the blocks; the chain has not recorded the month yet.

## Demand
demand-title = What people asked for and did not get
demand-subtitle = { $from } to { $until } · orders waiting and lapsed, up to block { $height }
demand-footer = Demand { $from } to { $until }
demand-streets = By street and week
demand-services = By service and week
demand-street_services = By street and service
demand-street = street
demand-service_code = service { $code }
demand-all = all
demand-withheld_mark = withheld
demand-note = Counts of orders that nobody took on, in the week in which the service was to begin, under the recipient's home street. Where fewer than { $people } different people asked, the count is withheld; others are withheld with it so that it cannot be found by subtraction. Withheld may be anything, also nothing.
demand-none = Nobody asked in vain.
demand-map = Orders not taken on, by street and week

## Matching
match-same_street = lives in the same street
match-same_district = lives in the same district
match-experience = has done this service { $count ->
        [one] once
       *[other] { $count } times
    }
match-acquainted = has served this person { $count ->
        [one] once
       *[other] { $count } times
    }
match-rating = { $count ->
        [0] not rated yet
       *[other] { $count } ratings, { $stars } stars in all
    }
match-absence = did not come { $count ->
        [one] once
       *[other] { $count } times
    }
match-load = { $minutes } min served or promised within { $days } days
match-waiting = has not served for { $weeks ->
        [one] a week
       *[other] { $weeks } weeks
    }
match-newcomer = trained for { $minutes } min, and has not served yet
match-kin_of_recipient = kin of the recipient ({ WORD($relation) })
match-kin_of_payer = kin of the payer ({ WORD($relation) })
match-payer = pays for the order
match-pair_limit = would exceed the pair's monthly limit: { $taken } of { $limit } min are taken
match-no_time = no free time within the window, or no day with room under the daily limit
