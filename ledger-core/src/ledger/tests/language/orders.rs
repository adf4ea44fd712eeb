//! What is said about service orders.
//!
//! ```text
//! cao posts 60 in gulou as o1                      cao posts 60 in gulou as o1 window -60..+600 service S02
//! cao posts 60 in gulou as o1 payer chen           cao posts 60 in gulou as o1 budget winter
//! chen accepts o1                                  chen starts o1
//! chen completes o1 -60..+0                        cao cancels o1
//! social@gulou/1 approves 60 of o1                 social@gulou/1 rejects o1 as not_served
//! chen records 60 for cao in gulou as o1 -60..+0   (with service, payer, budget as above)
//! team accepts o1 with chen                        team records 60 for cao in gulou as o1 -60..+0 with chen
//! chen serves 60 for cao in gulou -> settled       (an order's whole life up to there, signed as each step asks)
//! ```
//!
//! Times are minutes before or after the whole minute of the next block; a window is a day back and ahead unless the line
//! says otherwise. Without ` by `, the provider and the recipient sign together, everyone else for themselves.
//!
//! ```text
//! 00:30 strikes            time passes until the clocks of Nanjing show it
//! o1 is settled            cao keeps 2 orders            chen gave 120
//! budget winter has 60 reserved 120 used                 chen claims 60 on -1
//! social@gulou/1 is called worker      (as a person; under the staff's name it signs as staff)
//! ```

use super::super::city::{City, Creates, Draft, Party, organisation, staff};
use super::government::named;
use super::minutes;
use crate::amount::Minutes;
use crate::hash::Hash;
use crate::id::{OrderId, ServiceCode};
use crate::record::budget::BudgetRecord;
use crate::record::order::{OrderRecord, OrderStatus, Payer, ProviderDay};
use crate::state::StateKey;
use crate::time::{Calendar, DAY_MS, HOUR_MS, MINUTE_MS, TimestampMs};
use crate::transaction::Operation;
use crate::transaction::service::{
    AcceptOrder, CancelOrder, CompleteOrder, OrderTerms, PostOrder, RecordService, StartOrder,
    Verdict, VerifyOrder,
};

/// What a line may add about an order.
struct Options {
    service: ServiceCode,
    payer: Payer,
    window: String,
    /// The member who serves for a group.
    member: Option<String>,
}

impl City {
    pub(super) fn orders(&self, words: &[&str]) -> Option<Draft> {
        let (operation, parties, order) = match words {
            [
                name,
                "posts",
                amount,
                "in",
                district,
                "as",
                order,
                options @ ..,
            ] => {
                let options = self.options(options);
                let (window_start_ms, window_end_ms) = self.times(&options.window);
                let terms = OrderTerms {
                    recipient: self.account_id(name),
                    service: options.service,
                    district: organisation(district),
                    window_start_ms,
                    window_end_ms,
                    minutes: minutes(amount),
                    payer: options.payer,
                };
                let operation = Operation::PostOrder(PostOrder { terms });
                (operation, vec![self.holder(name)], order)
            }
            [
                name,
                "records",
                amount,
                "for",
                recipient,
                "in",
                district,
                "as",
                order,
                times,
                options @ ..,
            ] => {
                let options = self.options(options);
                let member = options.member.as_deref();
                let (start_ms, end_ms) = self.times(times);
                let operation = RecordService {
                    recipient: self.account_id(recipient),
                    provider: self.account_id(name),
                    service: options.service,
                    district: organisation(district),
                    start_ms,
                    end_ms,
                    minutes: minutes(amount),
                    payer: options.payer,
                    evidence: Hash::ZERO,
                    member: member.map(|member| self.account_id(member)),
                };
                let mut parties = vec![self.holder(name), self.holder(recipient)];
                parties.extend(member.map(|member| self.holder(member)));
                (Operation::RecordService(operation), parties, order)
            }
            _ => return self.order_step(words),
        };
        Some(Draft {
            operation,
            parties,
            creates: Creates::Order((*order).into()),
        })
    }

    fn order_step(&self, words: &[&str]) -> Option<Draft> {
        let (operation, parties) = match words {
            [name, "accepts", order, with @ ..] => {
                let options = self.options(with);
                let member = options.member.as_deref();
                let operation = AcceptOrder {
                    order: self.order_id(order),
                    provider: self.account_id(name),
                    member: member.map(|member| self.account_id(member)),
                };
                let mut parties = vec![self.holder(name)];
                parties.extend(member.map(|member| self.holder(member)));
                (Operation::AcceptOrder(operation), parties)
            }
            [name, "starts", order] => {
                let order = self.order_id(order);
                let operation = StartOrder { order };
                (Operation::StartOrder(operation), self.both(name, order))
            }
            [name, "completes", order, times] => {
                let order = self.order_id(order);
                let (start_ms, end_ms) = self.times(times);
                let operation = CompleteOrder {
                    order,
                    start_ms,
                    end_ms,
                    evidence: Hash::ZERO,
                };
                (Operation::CompleteOrder(operation), self.both(name, order))
            }
            [name, "cancels", order] => {
                let operation = CancelOrder {
                    order: self.order_id(order),
                };
                (Operation::CancelOrder(operation), vec![self.party(name)])
            }
            [name, "approves", amount, "of", order] => {
                let operation = VerifyOrder {
                    order: self.order_id(order),
                    verdict: Verdict::Approved(minutes(amount)),
                };
                (Operation::VerifyOrder(operation), vec![self.party(name)])
            }
            [name, "rejects", order, "as", reason] => {
                let operation = VerifyOrder {
                    order: self.order_id(order),
                    verdict: Verdict::Rejected(named(reason)),
                };
                (Operation::VerifyOrder(operation), vec![self.party(name)])
            }
            _ => return None,
        };
        Some(Draft {
            operation,
            parties,
            creates: Creates::Nothing,
        })
    }

    /// Plays `<provider> serves <minutes> for <recipient> in <district> [as <order>] …` up to `status`; whether `said` is
    /// such a line.
    pub(super) fn serves(&mut self, said: &str, status: &str) -> bool {
        let words: Vec<_> = said.split_whitespace().collect();
        let [
            provider,
            "serves",
            amount,
            "for",
            recipient,
            "in",
            district,
            rest @ ..,
        ] = words.as_slice()
        else {
            return false;
        };
        let (name, options) = match rest {
            ["as", name, options @ ..] => (*name, options.join(" ")),
            options => ("it", options.join(" ")),
        };
        let reached: OrderStatus = named(status);
        let steps = [
            (
                OrderStatus::Posted,
                format!("{recipient} posts {amount} in {district} as {name} {options}"),
            ),
            (OrderStatus::Accepted, format!("{provider} accepts {name}")),
            (OrderStatus::Started, format!("{provider} starts {name}")),
            (
                OrderStatus::Completed,
                format!("{provider} completes {name} -{amount}..+0"),
            ),
            (
                OrderStatus::Verified,
                format!("social@{district}/1 approves {amount} of {name}"),
            ),
        ];
        for (next, line) in steps {
            if next > reached {
                break;
            }
            if next == OrderStatus::Completed {
                // The service takes its time, so that the same people can serve again and again.
                self.pass(minutes(amount).0 * MINUTE_MS);
            }
            self.play(&format!("{line} -> ok"));
        }
        if reached == OrderStatus::Settled {
            self.pass(3 * DAY_MS);
        }
        assert_eq!(self.status_of(name), reached, "{said:?}");
        true
    }

    /// Plays a statement about orders; whether the words are one.
    pub(super) fn order_statement(&mut self, words: &[&str]) -> bool {
        match words {
            [clock, "strikes"] => {
                let now_ms = self.block_time();
                let midnight = Calendar::CHINA.start_of(Calendar::CHINA.day(now_ms));
                let today_ms = midnight.plus_ms(clock_ms(clock));
                let next_ms = if today_ms > now_ms {
                    today_ms
                } else {
                    today_ms.plus_ms(DAY_MS)
                };
                self.pass(next_ms.since_ms(now_ms) - 1);
                self.now_ms = next_ms;
            }
            [staff_name, "is", "called", name] => {
                let entry = staff(staff_name).expect("a member of staff");
                let id = self.account_id(staff_name);
                let key = format!("{}@{}", entry.number, entry.organisation.0);
                self.names.accounts.insert((*name).into(), id);
                self.names.keys.insert((*name).into(), key);
            }
            [order, "is", status] if self.names.orders.contains_key(*order) => {
                let expected: OrderStatus = named(status);
                assert_eq!(self.status_of(order), expected, "status of {order}");
            }
            [name, "keeps", count, "order" | "orders"] => {
                let open = self.account(name).open_orders.to_string();
                assert_eq!(open, *count, "open orders of {name}");
            }
            [name, "gave", amount] => {
                let given = self.account(name).service_given;
                assert_eq!(given, minutes(amount), "service given by {name}");
            }
            [name, "claims", amount, "on", day] => {
                let key = StateKey::ProviderDay(self.account_id(name), self.day(day));
                let record: ProviderDay = self.load(&key).unwrap_or_default();
                let claimed = Minutes::sum(record.intervals.iter().map(|it| it.minutes));
                assert_eq!(claimed, Ok(minutes(amount)), "claims of {name}");
            }
            ["budget", name, "has", reserved, "reserved", used, "used"] => {
                let key = StateKey::Budget(self.budget_id(name));
                let record: BudgetRecord = self.load(&key).expect("the line is open");
                assert_eq!(
                    (record.reserved, record.used),
                    (minutes(reserved), minutes(used)),
                    "budget line {name}"
                );
            }
            _ => return false,
        }
        true
    }

    /// The order called `name`.
    pub(in crate::ledger::tests) fn order_id(&self, name: &str) -> OrderId {
        let known = self.names.orders.get(name).copied();
        known.unwrap_or(OrderId([0; 20]))
    }

    /// Where the order called `name` stands.
    pub(in crate::ledger::tests) fn status_of(&self, name: &str) -> OrderStatus {
        let record: OrderRecord = self
            .load(&StateKey::Order(self.order_id(name)))
            .unwrap_or_else(|| panic!("there is no order {name}"));
        record.status()
    }

    /// The provider, and the recipient of `order`.
    fn both(&self, provider: &str, order: OrderId) -> Vec<Party> {
        std::iter::once(self.holder(provider))
            .chain(self.recipient_of(order))
            .collect()
    }

    /// The recipient of `order`, if there is such an order.
    pub(super) fn recipient_of(&self, order: OrderId) -> Option<Party> {
        let record: Option<OrderRecord> = self.load(&StateKey::Order(order));
        let recipient = record.map(|record| match record {
            OrderRecord::Open(order) => order.recipient,
            OrderRecord::Ended(order) => order.recipient,
        });
        let mut named = self.names.accounts.iter();
        named
            .find(|(_, id)| Some(**id) == recipient)
            .map(|(name, _)| self.holder(name))
    }

    fn options(&self, words: &[&str]) -> Options {
        let mut options = Options {
            service: ServiceCode(1),
            payer: Payer::Recipient,
            window: "-1440..+1440".into(),
            member: None,
        };
        for pair in words.chunks(2) {
            match pair {
                ["service", code] => options.service = code.parse().expect("a service code"),
                ["payer", kin] => options.payer = Payer::Kin(self.account_id(kin)),
                ["budget", line] => options.payer = Payer::Budget(self.budget_id(line)),
                ["window", times] => options.window = (*times).into(),
                ["with", member] => options.member = Some((*member).into()),
                other => panic!("nobody understands {other:?}"),
            }
        }
        options
    }

    /// `-60..+30`: from an hour before the minute of the next block to half an hour after it.
    fn times(&self, text: &str) -> (TimestampMs, TimestampMs) {
        let (from, to) = text.split_once("..").expect("two times");
        let now_ms = TimestampMs(self.block_time().0 / MINUTE_MS * MINUTE_MS);
        let instant = |text: &str| {
            let (sign, digits) = text.split_at(1);
            let distance_ms = minutes(digits).0 * MINUTE_MS;
            match sign {
                "-" => now_ms.minus_ms(distance_ms),
                "+" => now_ms.plus_ms(distance_ms),
                _ => panic!("{text:?} is no time; write -60 or +30"),
            }
        };
        (instant(from), instant(to))
    }
}

/// Milliseconds since midnight when the clock shows, say, `00:30`.
fn clock_ms(text: &str) -> u64 {
    let (hours, past) = text.split_once(':').expect("hours and minutes");
    minutes(hours).0 * HOUR_MS + minutes(past).0 * MINUTE_MS
}
