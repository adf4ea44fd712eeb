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

## Certificates of service
certificate-title = Certificate of Volunteer Service
certificate-subtitle = { $account }
certificate-footer = { $title } · { $account } · { $from } – { $to }
certificate-holder_agreed = Every figure stands in the city's time bank ledger as of block { $height }, decided by { $signers } of { $of } validators, and the holder has agreed to show it.
certificate-served = service in the period
certificate-trained = training in the period
certificate-lifetime_served = service in all
certificate-stars = stars
certificate-no_star = none yet
certificate-account = account
certificate-home = home street
certificate-period = period
certificate-as_of = as of
certificate-block = { TIME($time_ms) }, block { $height }
certificate-valid_until = valid until
certificate-until = { TIME($valid_until_ms) }
certificate-made_for = made for
certificate-for_anyone = whoever it is shown to
certificate-for_one = one reader, who gives its own name when checking
certificate-city = city (chain id, first half)
certificate-by_kind = By kind, in the period
certificate-kind = kind
certificate-service = service { $code }
certificate-campaigns = campaigns
certificate-honorary = honorary service
certificate-trainings = training
certificate-times = times
certificate-hours = time
certificate-by_month = By month
certificate-month = month
certificate-lifetime = Since the account was opened
certificate-rating = rating
certificate-rated = { $stars } of 5 stars ({ $count ->
    [one] 1 rating
   *[other] { $count } ratings
})
certificate-unrated = not rated yet
certificate-how_to_check = How to check it
certificate-check_file = With the file that came with this page, or the codes on the last sheet, and the city's genesis document: timebank verify certificate.json --genesis genesis.json. No network is needed, and nobody is asked. Whatever was altered is named.
certificate-check_holder = The certificate says whose account this is and not who stands before you: ask the holder to show the membership card of the same account.
certificate-check_shows = Services count in the month in which they began, once they are verified and their dispute window has ended. What was taken back is not in it any more. Honorary service is work in campaigns that no budget covered; it stands beside the service time, not in it.
certificate-check_limits = It proves nothing about what happened after its block; therefore it is valid for a short time only.
certificate-codes = The codes
certificate-scan = { $count ->
    [one] The code carries the whole certificate. What a scanner reads is saved to a file and checked with timebank verify.
   *[other] All { $count } codes together carry the whole certificate, in any order. What a scanner reads is saved to a file, one code a line, and checked with timebank verify.
}
