# The steps of guardians and recovery: for the holder, and for whoever helps at the counter.

guide-closed = Account { $account } is closed and cannot be recovered.
guide-running = The new key { $key } is on its way, until { $until }; guardians cannot be changed before that. If you did not ask for it, cancel it at once with the old phone.
guide-keyless = Account { $account } has no key and no guardians; a proxy acts for its holder.

guide-choose_guardians = Choose guardians: family, friends or street offices you trust, at most 8; how many of them must agree; and how long it takes (at least { $span }). Several guardians of whom two or more must agree are safest.
guide-sign_guardians = Sign on the phone and submit.
guide-guardians_set = The guardians are set: { $people }. { $threshold } of them must agree, and it takes { $span }.
guide-tell_guardians = Tell the guardians that they will be asked should the phone get lost, and never to sign before they have seen you in person.

guide-make_key = Make a new wallet on the new phone, write down its words, and show the new public key.
guide-key_made = The new key is there: { $key }.
guide-with_guardians = Let { $threshold } of the guardians sign: { $people }.
guide-with_registrar = Or at the street office: a registrar and one guardian sign, different people. Guardians who may: { $people }.
guide-without_guardians = There are no guardians: at the street office a registrar and an arbiter, different people, check who you are and sign.
guide-paused = { $people } may not help to start before { $until }, because an earlier start was cancelled.
guide-start = Start the recovery of account { $account }: the new key and those who help sign, then submit. The holder cannot be one of the helpers.
guide-stolen = If someone else may have the phone, let an arbiter sign too: then the old key cannot cancel. A registrar and an arbiter can also freeze the account.
guide-wait = Once started it takes { $span }, in which the old key can cancel.
guide-finish = After the wait the account gets the new key by itself; anyone may submit “finish recovery” to have it sooner.
guide-other_key = The recovery that runs is for another key, { $key }, not for the one at hand. Find out first who started it.
guide-started = It has started: new key { $key }; those who help: { $people }.
guide-wait_until = Wait until { $until }. Before that the old key can cancel; keep the new phone and its words safe.
guide-wait_until_backed = Wait until { $until }. An arbiter has signed too, so the old key cannot cancel; keep the new phone and its words safe.
guide-waited = The wait ended at { $until }.
guide-recovered = Account { $account } has the new key and works as before. Look at your guardians again.

guide-nothing_running = No recovery of account { $account } is running.
guide-somebody_started = Somebody is giving your account the key { $key }; started by: { $people }; it takes effect at { $until }.
guide-cancel = If you did not ask for it, cancel it with the old phone before { $until }.
guide-after_cancel = Those who started it may not start another for 30 days. Replace guardians you cannot rely on.
guide-not_cancellable = An arbiter has signed too, so the old key cannot cancel. Go to the street office before { $until } and say so in person.
guide-too_late = The wait ended at { $until }, and it can no longer be cancelled. Go to the street office and have a registrar and an arbiter freeze the account.
