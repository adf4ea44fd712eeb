//! Clearing between districts: what is counted, the close of months, co-signatures.

use super::check;
use super::city::{City, staff};
use crate::id::{AccountId, Height};
use crate::record::clearing::{CLEARING_COSIGNATURES_MAX, ClearingCosignatures, MonthEnd};
use crate::state::{DueEntry, DueWork, StateKey};
use crate::time::{Calendar, DAY_MS, TimestampMs};

/// Payer's home, place of service: A→B 120, B→C 90, C→A 30, A→C 60. A is Gulou, B Xuanwu, C Jiangbei.
const THREE_DISTRICTS: &str = "
    ana opens at gulou -> ok
    ben opens at xuanwu -> ok
    cai opens at jiangbei -> ok
    dai opens at gulou -> ok
    eva opens at xuanwu -> ok
    ana is granted 300
    ben is granted 300
    cai is granted 300
    ben serves 120 for ana in xuanwu -> settled
    cai serves 90 for ben in jiangbei -> settled
    dai serves 30 for cai in gulou -> settled
    eva serves 60 for ana in jiangbei -> settled
    dai serves 45 for ana in gulou -> settled";

#[test]
fn three_districts_net_to_zero() {
    let mut city = City::new();
    city.play(THREE_DISTRICTS);
    city.play(
        "month -0 is not closed
        31 days pass
        flow from gulou to xuanwu in month -1 is 120
        flow from xuanwu to jiangbei in month -1 is 90
        flow from jiangbei to gulou in month -1 is 30
        flow from gulou to jiangbei in month -1 is 60
        flow from gulou to gulou in month -1 is 45
        flow back from gulou to xuanwu in month -1 is 0
        net of gulou in month -1 is -150
        net of xuanwu in month -1 is 30
        net of jiangbei in month -1 is 120
        net of nanjing in month -1 is 0
        gulou opened month -1 with 0
        gulou closed month -1 with 150
        xuanwu closed month -1 with 390
        jiangbei closed month -1 with 360
        gulou granted 300 in month -1",
    );
    assert_eq!(city.nets("-1").iter().sum::<i64>(), 0);
    assert_eq!(city.counted_supply().0, 900);
}

#[test]
fn goods_flow_to_the_merchants_district_and_budgets_pay_for_the_recipients() {
    check(
        "cao opens at gulou -> ok
        chen opens at xuanwu -> ok
        rice registers at jiangbei -> ok
        rice lists I01=60 by rice, treasurer@jiangbei -> ok
        cao is granted 60
        cao redeems I01 for 60 at rice -> ok
        budget winter opens for service of 600 in nanjing until +30 -> ok
        chen serves 60 for cao in xuanwu budget winter service S02 -> settled
        31 days pass
        flow from gulou to jiangbei in month -1 is 60
        flow from gulou to xuanwu in month -1 is 90
        net of jiangbei in month -1 is 60
        net of xuanwu in month -1 is 90
        net of gulou in month -1 is -150
        gulou closed month -1 with 0
        xuanwu closed month -1 with 90",
    );
}

#[test]
fn gifts_and_donations_move_balances_and_are_no_flow() {
    let mut city = City::new();
    city.play(
        "cao opens at gulou -> ok
        chen opens at xuanwu -> ok
        cao is granted 300
        cao links chen as child -> ok
        cao gives chen 60 -> ok
        cao donates 30 to jiangbei/1:donation -> ok
        cao donates 15 to nanjing:donation -> ok
        31 days pass
        gulou closed month -1 with 195
        xuanwu closed month -1 with 60
        jiangbei closed month -1 with 30
        nanjing closed month -1 with 15",
    );
    assert_eq!(city.clearing("-1").flows, []);
}

#[test]
fn every_month_has_a_record_empty_ones_too() {
    let mut city = City::new();
    city.play(
        "cao opens at gulou -> ok
        cao is granted 300
        100 days pass",
    );
    // The chain slept over two whole months.
    let [march, april, may] = ["-3", "-2", "-1"].map(|ago| city.clearing(ago));
    assert_eq!(march.month.to_string(), "2026-03");
    assert_eq!(march.height, Height(1));
    // April and May had no block: the last one before them counts.
    for (month, name) in [(&april, "2026-04"), (&may, "2026-05")] {
        assert_eq!(month.month.to_string(), name);
        assert_eq!(
            (month.height, month.state_root),
            (march.height, march.state_root)
        );
        assert_eq!(month.flows, []);
    }
    city.play(
        "gulou opened month -2 with 300
        gulou closed month -1 with 300
        month -0 is not closed",
    );
}

#[test]
fn the_last_block_of_a_month_is_known_however_late_it_is_closed() {
    let mut city = City::new();
    city.play("cao opens at gulou -> ok\n 20 days pass\n chen opens at gulou -> ok");
    let (height, state_root) = (city.tip.height, city.state.root());
    let month = city.today().month();
    // A thousand and more pieces of other work lie before the close.
    let end_ms = Calendar::CHINA.end_of_month(month);
    city.arrange(|state| {
        for hour in 0..2_500 {
            let entry = DueEntry {
                due_ms: end_ms.minus_ms(DAY_MS),
                work: DueWork::Forget(hour),
            };
            state.store(&StateKey::Due(entry), &entry);
        }
    });
    // What was arranged outside the rules belongs to no block; one makes it part of one.
    city.block(&[]);
    let (height, state_root) = (height.next(), {
        assert_ne!(city.state.root(), state_root);
        city.state.root()
    });
    city.now_ms = end_ms.plus_ms(5);
    city.block(&[]);
    let kept: Option<MonthEnd> = city.load(&StateKey::MonthEnd(month));
    assert_eq!(kept, Some(MonthEnd { height, state_root }));
    // Cao's minutes move in the new month, while the old one is not closed yet.
    city.play("month -1 is not closed\n dai opens at gulou -> ok\n 1 hour passes");
    let closed = city.clearing("-1");
    assert_eq!((closed.height, closed.state_root), (height, state_root));
    assert_eq!(city.load::<MonthEnd>(&StateKey::MonthEnd(month)), None);
}

#[test]
fn what_moves_before_a_late_close_counts_in_the_new_month() {
    let mut city = City::new();
    city.play(
        "cao opens at gulou -> ok
        chen opens at xuanwu -> ok
        cao is granted 300
        cao links chen as child -> ok
        cao gives chen 60 -> ok",
    );
    let month = city.today().month();
    let end_ms = Calendar::CHINA.end_of_month(month);
    city.arrange(|state| {
        for hour in 0..1_500 {
            let entry = DueEntry {
                due_ms: end_ms.minus_ms(1),
                work: DueWork::Forget(hour),
            };
            state.store(&StateKey::Due(entry), &entry);
        }
    });
    city.now_ms = end_ms;
    city.play(
        "cao gives chen 90 -> ok
        1 hour passes
        gulou closed month -1 with 240
        xuanwu closed month -1 with 60
        31 days pass
        gulou opened month -1 with 240
        gulou closed month -1 with 150
        xuanwu closed month -1 with 150",
    );
}

#[test]
fn the_first_instant_of_a_month_belongs_to_it() {
    let mut city = City::new();
    city.play(
        "cao opens at gulou -> ok
        chen opens at xuanwu -> ok
        cao is granted 300
        cao links chen as child -> ok",
    );
    let end_ms: TimestampMs = Calendar::CHINA.end_of_month(city.today().month());
    city.now_ms = end_ms.minus_ms(1);
    city.play("cao gives chen 60 -> ok");
    city.now_ms = end_ms;
    city.play(
        "cao gives chen 90 -> ok
        gulou closed month -1 with 240
        31 days pass
        gulou closed month -1 with 150",
    );
}

#[test]
fn auditors_confirm_a_closed_month_once_each() {
    let mut city = City::new();
    city.play(
        "month -0 is cosigned -> clearing_unknown
        31 days pass
        month -1 is cosigned wrongly -> clearing_hash
        month -1 is cosigned by treasurer@nanjing -> role_missing
        month -1 is cosigned by registrar@gulou/1 -> role_missing
        cao opens at gulou -> ok
        month -1 is cosigned by cao -> signer_not_entitled
        month -1 is cosigned -> ok
        month -1 is cosigned -> clearing_cosigned
        month -1 is cosigned by auditor@gulou, auditor2@nanjing -> signature_unneeded
        month -1 is cosigned by auditor@gulou -> ok
        xuanwu sets staff 7=auditor:auditor@gulou threshold 2 -> ok
        month -1 is cosigned by #7@xuanwu -> clearing_cosigned",
    );
    let month = city.month("-1");
    let cosigned: ClearingCosignatures = city
        .load(&StateKey::ClearingCosignatures(month))
        .expect("it was co-signed");
    let expected = ["auditor@nanjing", "auditor@gulou"]
        .map(|name| (staff(name).expect("staff"), city.account_id(name)));
    assert_eq!(cosigned.auditors, expected);
}

#[test]
fn only_so_many_auditors_confirm_a_month() {
    let mut city = City::new();
    city.play("31 days pass");
    let key = StateKey::ClearingCosignatures(city.month("-1"));
    let auditor = staff("auditor@gulou").expect("staff");
    let auditors = (0..CLEARING_COSIGNATURES_MAX)
        .map(|number| {
            let number = u8::try_from(number).expect("few");
            (auditor, AccountId([number; 20]))
        })
        .collect();
    city.arrange(|state| state.store(&key, &ClearingCosignatures { auditors }));
    city.play("month -1 is cosigned -> clearing_cosignatures_max");
}
