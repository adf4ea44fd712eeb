//! Tests of explanations: every operation in both languages, every field and every bit in the text, nothing unfilled.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::id::{BudgetId, OrderId, OrganisationId};
use ledger_core::message::check;
use ledger_core::record::budget::{PoolId, PoolKind};
use ledger_core::time::TimestampMs;
use serde_json::Value;

use super::samples::{TIME, transactions};
use super::*;
use crate::message::{EXPLANATIONS_CHINESE, EXPLANATIONS_ENGLISH};

/// Everything a signer reads but the id, which changes with every byte.
fn shown(transaction: &Transaction, language: Language) -> (String, Vec<Line>) {
    let explanation = explain(transaction, language);
    (explanation.title, explanation.lines)
}

/// Every operation there is, by the words the ledger has for them.
fn kinds() -> BTreeSet<String> {
    let words = check::definitions(ledger_core::message::WORDS_CHINESE).unwrap();
    let kinds = words
        .keys()
        .filter_map(|name| name.strip_prefix("word-operation_"));
    kinds.map(str::to_owned).collect()
}

#[test]
fn every_operation_is_explained_in_both_languages() {
    let mut seen = BTreeSet::new();
    for transaction in transactions() {
        seen.insert(kind(&transaction.operation));
        for language in Language::ALL {
            let explanation = explain(&transaction, language);
            assert!(explanation.lines.len() > 7, "{explanation:?}");
            let lines = explanation.lines.iter();
            let texts = lines
                .flat_map(|line| [&line.label, &line.text])
                .chain([&explanation.title, &explanation.sentence])
                .chain(&explanation.warnings);
            for text in texts {
                assert!(!text.is_empty(), "{explanation:?}");
                // A message that is missing shows as its own name, an argument as a variable, nothing as a dash.
                for trace in ["explain-", "word-", "$", "{", "}", "–", "=", "\"", "null"] {
                    assert!(!text.contains(trace), "{text:?} in {explanation:?}");
                }
            }
            let bytes = transaction.signed_bytes();
            assert_eq!(explain_bytes(&bytes, language), Ok(explanation));
        }
    }
    assert_eq!(seen, kinds());
}

#[test]
fn every_message_of_the_catalogue_is_used() {
    let defined = check::definitions(EXPLANATIONS_CHINESE).unwrap();
    let sources = [
        include_str!("../explain.rs"),
        include_str!("sheet.rs"),
        include_str!("people.rs"),
        include_str!("service.rs"),
        include_str!("value.rs"),
        include_str!("government.rs"),
    ]
    .concat();
    let kinds = kinds();
    for name in defined.keys() {
        let bare = name.strip_prefix("explain-").unwrap();
        let last = ["label-", "warning-", "span-"]
            .iter()
            .find_map(|prefix| bare.strip_prefix(prefix))
            .unwrap_or(bare);
        let used = kinds.contains(bare)
            || bare.starts_with("weekday-")
            || sources.contains(&format!("\"{last}\""))
            || sources.contains(&format!("\"{bare}\""))
            || sources.contains(&format!("\"{name}\""));
        assert!(used, "{name} is used nowhere");
    }
    assert_eq!(
        defined.len(),
        check::definitions(EXPLANATIONS_ENGLISH).unwrap().len()
    );
}

#[test]
fn a_chinese_explanation_has_no_words_of_the_source() {
    for transaction in transactions() {
        let text = explain(&transaction, Language::Chinese).to_text();
        let words = text.split(|c: char| !c.is_ascii_alphanumeric());
        for word in words.filter(|word| word.chars().any(|c| c.is_ascii_lowercase())) {
            // Ids begin with tba1, tbs1, tbb1; hashes and keys are long and of hex digits.
            let id = ["tba1", "tbs1", "tbb1"]
                .iter()
                .any(|id| word.starts_with(id));
            let hex = word.len() >= 32 && word.chars().all(|c| c.is_ascii_hexdigit());
            assert!(id || hex, "{word} in {text}");
        }
    }
}

/// The places of a JSON value, from the outside in.
fn places(value: &Value, at: String, found: &mut Vec<String>) {
    found.push(at.clone());
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                places(field, format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// Everything that stands somewhere in a transaction, to be put somewhere else.
fn everything(samples: &[Value]) -> Vec<Value> {
    let mut all: BTreeMap<String, Value> = BTreeMap::new();
    let mut add = |value: &Value| all.insert(value.to_string(), value.clone());
    for sample in samples {
        let mut found = Vec::new();
        places(sample, String::new(), &mut found);
        for place in found.iter().filter(|place| !place.is_empty()) {
            add(sample.pointer(place).unwrap());
        }
    }
    for number in [0u64, 1, 3, 61, 2_000_000_000_001] {
        add(&number.into());
    }
    // What stands only once, or only in one form, in the samples.
    add(&Value::Null);
    add(&Value::Array(Vec::new()));
    let words = "prevote district spouse fund fraud not_served quantum registrar donation 2027-01-01 2027-01 S02 P08 I04";
    for word in words.split(' ') {
        add(&word.into());
    }
    let reserve = PoolId {
        organisation: OrganisationId(320_102),
        kind: PoolKind::Reserve,
    };
    add(&reserve.to_string().into());
    add(&BudgetId([0x5A; 20]).to_string().into());
    add(&OrderId([0x5A; 20]).to_string().into());
    for length in [16, 20, 32, 64] {
        add(&hex::encode(vec![0x5A; length]).into());
    }
    all.into_values().collect()
}

#[test]
fn changing_any_field_of_any_operation_changes_what_is_shown() {
    let transactions = transactions();
    let samples: Vec<Value> = transactions
        .iter()
        .map(|transaction| serde_json::to_value(transaction).unwrap())
        .collect();
    let everything = everything(&samples);
    let mut changed = 0;
    for (transaction, sample) in transactions.iter().zip(&samples) {
        let before = Language::ALL.map(|language| shown(transaction, language));
        let mut found = Vec::new();
        places(sample, String::new(), &mut found);
        for place in found.iter().filter(|place| !place.is_empty()) {
            let mut of_this_place = 0;
            for value in &everything {
                let mut other = sample.clone();
                *other.pointer_mut(place).unwrap() = value.clone();
                let Ok(other) = serde_json::from_value::<Transaction>(other) else {
                    continue;
                };
                if other == *transaction {
                    continue;
                }
                of_this_place += 1;
                for (language, before) in Language::ALL.iter().zip(&before) {
                    assert_ne!(shown(&other, *language), *before, "{place} becomes {value}");
                }
            }
            // A kind alone has no meaning beside the fields of another, nor a list or an entry without its form.
            let leaf = !sample.pointer(place).unwrap().is_object();
            assert!(
                of_this_place > 0 || !leaf || place == "/operation/kind",
                "{place} of {sample}"
            );
            changed += of_this_place;
        }
    }
    assert!(changed > 2_000, "only {changed} changes were tried");
}

#[test]
fn changing_any_bit_that_is_signed_changes_what_is_shown() {
    let mut changed = 0;
    for transaction in transactions() {
        let before = shown(&transaction, Language::Chinese);
        let bytes = codec::encode(&transaction);
        for bit in 0..8 * bytes.len() {
            let mut other = bytes.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            let Ok(other) = codec::decode::<Transaction>(&other, ENVELOPE_BYTES_MAX) else {
                continue;
            };
            changed += 1;
            let after = shown(&other, Language::Chinese);
            assert_ne!(after, before, "bit {bit} of {transaction:?}");
        }
    }
    assert!(changed > 50_000, "only {changed} changes were tried");
}

#[test]
fn an_order_reads_as_its_recipient_needs_it() {
    let order = transactions()
        .into_iter()
        .find(|transaction| kind(&transaction.operation) == "post_order")
        .unwrap();
    let text = explain(&order, Language::Chinese).to_text();
    assert_eq!(
        text,
        "发布订单\n\
         为服务对象预约一次服务，先留出最多 90 分钟（1 小时 30 分）；服务经社工核实后才支付，用不完的退回。\n\n\
         服务对象：tba1hwamhwamhwamhwamhwamhwamhwamhwamm6wzdk\n\
         服务种类：S01\n\
         所在区：320102\n\
         最早开始：2026-11-22（星期日）14:05\n\
         须在此前开始：2026-11-22（星期日）22:05\n\
         最多支付：90 分钟（1 小时 30 分）\n\
         付款方：服务对象自己\n\
         需要签名的人：服务对象或其代理；亲属付款且无授权时还有付款人\n\
         提出人：tba142424242424242424242424242424242fyelcy\n\
         有效期至：2026-11-23（星期一）14:05\n\
         以上时间：UTC+8，本市时间\n\
         所属的链：1111111111111111111111111111111111111111111111111111111111111111\n\
         防重复编号：22222222222222222222222222222222\n\
         格式版本：1\n\
         交易号（各方看到的应当一样）：c0dbbd1c46e9be68a4cbea65f4653175110aa57eebf9ed9bb4c10e2e2eaf8e54\n"
    );
    let text = explain(&order, Language::English).to_text();
    assert!(
        text.starts_with(
            "Post order\n\
             Asks for a service for the recipient and sets aside at most 90 min (1 h 30 min); it is paid once a social \
             worker has verified it, and the rest goes back.\n\n\
             Recipient: tba1hwamhwamhwamhwamhwamhwamhwamhwamm6wzdk\n\
             Kind of service: S01\n\
             District: 320102\n\
             May begin from: 2026-11-22 (Sunday) 14:05\n\
             Must begin before: 2026-11-22 (Sunday) 22:05\n\
             Paid at most: 90 min (1 h 30 min)\n\
             Paid by: the recipient\n"
        ),
        "{text}"
    );
}

#[test]
fn a_proxy_is_warned_of() {
    let proxy = transactions()
        .into_iter()
        .find(|transaction| kind(&transaction.operation) == "appoint_proxy")
        .unwrap();
    let explanation = explain(&proxy, Language::English);
    assert_eq!(
        explanation.warnings,
        [
            "After this the other side uses your minutes within the limit without asking you each time."
        ]
    );
    assert!(
        explain(&proxy, Language::Chinese)
            .to_text()
            .contains("注意：签名后，对方可以在限额之内动用您的分钟，不再逐次问您。")
    );
}

#[test]
fn a_transaction_of_an_unknown_version_is_warned_of() {
    let mut transaction = transactions().remove(0);
    transaction.version = 9;
    let explanation = explain(&transaction, Language::English);
    assert_eq!(
        explanation.warnings.last().unwrap(),
        "This program does not know format version 9. Do not sign."
    );
}

#[test]
fn instants_are_those_of_the_calendar_and_exact() {
    let sheet = |offset_minutes| Sheet::new(Language::English, Calendar { offset_minutes });
    let at = |offset, instant| sheet(offset).moment(TimestampMs(instant));
    assert_eq!(at(480, TIME.0), "2026-11-22 (Sunday) 14:05");
    assert_eq!(at(0, TIME.0), "2026-11-22 (Sunday) 06:05");
    assert_eq!(at(480, TIME.0 + 9_000), "2026-11-22 (Sunday) 14:05:09");
    assert_eq!(at(480, TIME.0 + 7), "2026-11-22 (Sunday) 14:05:00.007");
    assert_eq!(at(480, 0), "1970-01-01 (Thursday) 08:00");
    assert_eq!(
        at(480, u64::MAX),
        format!("millisecond {}, beyond every calendar", u64::MAX)
    );
    assert_eq!(sheet(345).offset(), "UTC+5:45, the city's clocks");
    assert_eq!(sheet(480).span(0), "0 s");
    assert_eq!(sheet(480).span(93_784_005), "1 day 2 h 3 min 4 s 5 ms");
}

#[test]
fn minutes_are_shown_as_hours_too() {
    let shown = |language, minutes| {
        Sheet::new(language, Calendar::CHINA).duration(ledger_core::amount::Minutes(minutes))
    };
    assert_eq!(shown(Language::Chinese, 45), "45 分钟");
    assert_eq!(shown(Language::Chinese, 60), "60 分钟（1 小时）");
    assert_eq!(shown(Language::Chinese, 90), "90 分钟（1 小时 30 分）");
    assert_eq!(shown(Language::English, 90), "90 min (1 h 30 min)");
}

#[test]
fn refuses_bytes_that_are_no_transaction() {
    let mut bytes = transactions().remove(0).signed_bytes();
    bytes.push(0);
    let error = explain_bytes(&bytes, Language::English).unwrap_err();
    assert_eq!(error.code(), "document_malformed");
    assert!(explain_bytes(&[], Language::English).is_err());
}
