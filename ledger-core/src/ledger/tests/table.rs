//! The table of an order's life: every status an order can have, and what each operation makes of it.

use super::city::City;
use crate::record::order::OrderStatus;

/// Chen serves, Cao is served and pays; arbiters, staff and social workers of Gulou are independent of both.
const PEOPLE: &str = "chen opens at xuanwu -> ok
    wang opens at xuanwu -> ok
    cao opens at gulou -> ok
    cao is granted 300
    ";

/// A status, how o1 gets there, and what of the operations is possible there.
struct Row {
    status: &'static str,
    script: &'static str,
    possible: &'static [(&'static str, &'static str)],
}

/// Every operation on an order, as somebody entitled says it.
const OPERATIONS: [&str; 18] = [
    "wang accepts o1",
    "chen starts o1",
    "chen completes o1 -60..+0",
    "cao cancels o1",
    "chen cancels o1",
    "registrar@gulou/1 cancels o1",
    "cao reports provider absent from o1",
    "chen reports recipient absent from o1",
    "social@gulou/1 reports recipient absent from o1",
    "social@gulou/1 approves 45 of o1",
    "social@gulou/1 rejects o1 as not_served",
    "cao disputes o1",
    "social@gulou/1 disputes o1",
    "arbiter@gulou gives chen 30 of o1",
    "chen appeals o1",
    "cao rates provider of o1 with 4",
    "chen rates recipient of o1 with 4",
    "o1 is reversed",
];

const COMPLETED: &str = "chen serves 60 for cao in gulou as o1 -> completed";

/// What can be done in each status, as the table of the written rules says; everything else is refused.
const TABLE: [Row; 18] = [
    Row {
        status: "posted",
        script: "cao posts 60 in gulou as o1 -> ok",
        possible: &[
            ("wang accepts o1", "accepted"),
            ("cao cancels o1", "cancelled"),
            ("registrar@gulou/1 cancels o1", "cancelled"),
        ],
    },
    Row {
        status: "accepted",
        script: "chen serves 60 for cao in gulou as o1 -> accepted",
        possible: &[
            ("chen starts o1", "started"),
            ("chen completes o1 -60..+0", "completed"),
            ("chen cancels o1", "posted"),
            ("cao cancels o1", "cancelled"),
            ("registrar@gulou/1 cancels o1", "cancelled"),
            ("cao reports provider absent from o1", "no_show"),
            ("chen reports recipient absent from o1", "no_show"),
            ("social@gulou/1 reports recipient absent from o1", "no_show"),
        ],
    },
    Row {
        status: "started",
        script: "chen serves 60 for cao in gulou as o1 -> started",
        possible: &[("chen completes o1 -60..+0", "completed")],
    },
    Row {
        status: "completed",
        script: COMPLETED,
        possible: &[
            ("social@gulou/1 approves 45 of o1", "verified"),
            ("social@gulou/1 rejects o1 as not_served", "rejected"),
            ("cao rates provider of o1 with 4", "completed"),
            ("chen rates recipient of o1 with 4", "completed"),
        ],
    },
    Row {
        // Escalated, it stays what it is.
        status: "completed",
        script: "chen serves 60 for cao in gulou as o1 -> completed
            31 days pass
            o1 is escalated",
        possible: &[
            ("social@gulou/1 approves 45 of o1", "verified"),
            ("social@gulou/1 rejects o1 as not_served", "rejected"),
            ("cao rates provider of o1 with 4", "completed"),
            ("chen rates recipient of o1 with 4", "completed"),
        ],
    },
    Row {
        status: "verified",
        script: "chen serves 60 for cao in gulou as o1 -> verified",
        possible: &[
            ("cao disputes o1", "disputed"),
            ("social@gulou/1 disputes o1", "disputed"),
            ("cao rates provider of o1 with 4", "verified"),
            ("chen rates recipient of o1 with 4", "verified"),
        ],
    },
    Row {
        status: "disputed",
        script: "chen serves 60 for cao in gulou as o1 -> verified
            cao disputes o1 -> ok",
        possible: &[
            ("arbiter@gulou gives chen 30 of o1", "resolved"),
            ("cao rates provider of o1 with 4", "disputed"),
            ("chen rates recipient of o1 with 4", "disputed"),
        ],
    },
    Row {
        status: "resolved",
        script: "chen serves 60 for cao in gulou as o1 -> verified
            cao disputes o1 -> ok
            arbiter2@gulou gives chen 45 of o1 -> ok",
        possible: &[
            ("chen appeals o1", "disputed"),
            ("cao rates provider of o1 with 4", "resolved"),
            ("chen rates recipient of o1 with 4", "resolved"),
        ],
    },
    Row {
        // After an appeal the district's arbiter decides no more.
        status: "disputed",
        script: "chen serves 60 for cao in gulou as o1 -> verified
            cao disputes o1 -> ok
            arbiter2@gulou gives chen 45 of o1 -> ok
            cao appeals o1 -> ok",
        possible: &[
            ("cao rates provider of o1 with 4", "disputed"),
            ("chen rates recipient of o1 with 4", "disputed"),
        ],
    },
    Row {
        status: "settled",
        script: "chen serves 60 for cao in gulou as o1 -> settled",
        possible: &[
            ("cao rates provider of o1 with 4", "settled"),
            ("chen rates recipient of o1 with 4", "settled"),
            ("o1 is reversed", "reversed"),
        ],
    },
    Row {
        status: "settled",
        script: "chen serves 60 for cao in gulou as o1 -> verified
            cao disputes o1 -> ok
            arbiter2@gulou gives chen 45 of o1 -> ok
            7 days pass",
        possible: &[
            ("cao rates provider of o1 with 4", "settled"),
            ("chen rates recipient of o1 with 4", "settled"),
            ("o1 is reversed", "reversed"),
        ],
    },
    Row {
        // There is nothing to take back of what was decided to be nothing.
        status: "settled",
        script: "chen serves 60 for cao in gulou as o1 -> verified
            cao disputes o1 -> ok
            arbiter2@gulou gives chen 0 of o1 -> ok
            7 days pass",
        possible: &[
            ("cao rates provider of o1 with 4", "settled"),
            ("chen rates recipient of o1 with 4", "settled"),
        ],
    },
    Row {
        status: "reversed",
        script: "chen serves 60 for cao in gulou as o1 -> settled
            o1 is reversed -> ok",
        possible: &[],
    },
    Row {
        status: "cancelled",
        script: "cao posts 60 in gulou as o1 -> ok
            cao cancels o1 -> ok",
        possible: &[],
    },
    Row {
        status: "lapsed",
        script: "cao posts 60 in gulou as o1 -> ok
            32 days pass",
        possible: &[],
    },
    Row {
        status: "lapsed",
        script: "chen serves 60 for cao in gulou as o1 -> accepted
            32 days pass",
        possible: &[],
    },
    Row {
        status: "rejected",
        script: "chen serves 60 for cao in gulou as o1 -> completed
            social@gulou/1 rejects o1 as not_served -> ok",
        possible: &[],
    },
    Row {
        status: "no_show",
        script: "chen serves 60 for cao in gulou as o1 -> accepted
            cao reports provider absent from o1 -> ok",
        possible: &[],
    },
];

/// Refusals that speak of where an order stands, and of who may do what there.
const REFUSALS: [&str; 5] = [
    "order_status",
    "reversal_nothing_paid",
    "order_not_ready",
    "signature_missing",
    "role_missing",
];

#[test]
fn every_operation_in_every_status_does_what_the_table_says() {
    for row in TABLE {
        let mut city = City::new();
        city.play(&format!("{PEOPLE}{}", row.script));
        city.play(&format!("o1 is {}", row.status));
        for operation in OPERATIONS {
            let mut city = city.clone();
            let allowed = row.possible.iter().find(|(said, _)| *said == operation);
            let refused = city.attempt(&[operation]).pop().expect("one operation");
            let at = format!("{operation:?} of a {} order: {refused:?}", row.status);
            match (allowed, refused) {
                (Some((_, next)), None) => city.play(&format!("o1 is {next}")),
                (None, Some(rejection)) => {
                    assert!(REFUSALS.contains(&rejection.code()), "{at}");
                    city.play(&format!("o1 is {}", row.status));
                }
                (Some(_), Some(_)) | (None, None) => panic!("{at}"),
            }
        }
    }
}

#[test]
fn the_table_has_every_status_and_every_operation() {
    let complaint = serde_json::from_str::<OrderStatus>("\"?\"").expect_err("no status");
    let complaint = complaint.to_string();
    let statuses = complaint.split('`').skip(1).step_by(2).skip(1);
    let missing: Vec<_> = statuses
        .filter(|status| TABLE.iter().all(|row| row.status != *status))
        .collect();
    assert!(missing.is_empty(), "no row for {missing:?}");
    for operation in OPERATIONS {
        let mut possible = TABLE.iter().flat_map(|row| row.possible);
        assert!(possible.any(|(said, _)| *said == operation), "{operation}");
    }
}

#[test]
fn an_order_nobody_verifies_is_escalated_and_never_lapses() {
    let mut city = City::new();
    city.play(&format!(
        "{PEOPLE}{COMPLETED}
        29 days pass
        o1 is unescalated
        1 day passes
        o1 is escalated
        400 days pass
        o1 is completed
        cao holds 60
        social@gulou/1 approves 60 of o1 -> ok
        3 days pass
        o1 is settled
        chen has 60"
    ));
}

#[test]
fn an_order_that_is_verified_is_not_escalated_afterwards() {
    let mut city = City::new();
    city.play(&format!(
        "{PEOPLE}{COMPLETED}
        social@gulou/1 rejects o1 as not_served -> ok
        31 days pass
        o1 is rejected"
    ));
}

#[test]
fn an_order_that_ended_is_forgotten_with_what_it_claimed() {
    let mut city = City::new();
    city.play(&format!(
        "{PEOPLE}chen serves 60 for cao in gulou as o1 -> settled
        chen serves 60 for cao in gulou as o2 -> completed
        cao posts 60 in gulou as o3 -> ok
        cao cancels o3 -> ok
        chen served cao 120 since -0
        chen claims 60 on -3
        396 days pass
        o1 is settled
        o3 is cancelled
        1 day passes
        o1 is forgotten
        o3 is forgotten
        chen claims 0 on -400
        chen has 60
        // What is not over is not forgotten.
        o2 is completed
        chen claims 60 on -397
        chen served cao 60 since -397
        chen starts o1 -> order_unknown
        social@gulou/1 rejects o2 as not_served -> ok
        chen served cao 0 since -397
        chen claims 0 on -397"
    ));
}
