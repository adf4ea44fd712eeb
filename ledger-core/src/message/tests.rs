//! Tests of the renderer, and of the rejection catalogue against the rules' codes.

use std::collections::BTreeSet;

use super::*;
use crate::amount::Minutes;
use crate::id::{AccountId, OrganisationId, ProgrammeCode};
use crate::receipt::Entry;
use crate::record::account::{AccountKind, AccountStatus};
use crate::record::budget::{BudgetPurpose, PoolKind};
use crate::record::kin::Relation;
use crate::record::lot::Source;
use crate::record::order::{OrderStatus, RejectionReason, ReversalReason, Side};
use crate::record::organisation::{Level, Role};
use crate::record::policy::{Direction, PolicyParameter, PolicyValue};
use crate::record::proxy::ProxyScope;
use crate::time::TimestampMs;
use crate::transaction::Operation;

/// Whoever adds a rejection adds its message and remedy, in both languages.
#[test]
fn every_rejection_has_a_message_and_a_remedy_in_both_languages() {
    for (language, source) in [
        (Language::Chinese, REJECTIONS_CHINESE),
        (Language::English, REJECTIONS_ENGLISH),
    ] {
        let definitions = check::definitions(source).unwrap();
        let needed: BTreeSet<String> = Rejection::CODES
            .iter()
            .flat_map(|code| [(*code).to_owned(), format!("{code}.remedy")])
            .collect();
        let present: BTreeSet<String> = definitions.keys().cloned().collect();
        let missing: Vec<_> = needed.difference(&present).collect();
        let surplus: Vec<_> = present.difference(&needed).collect();
        assert!(
            missing.is_empty() && surplus.is_empty(),
            "ledger-core/messages/{}.ftl: add {missing:?}, remove {surplus:?}",
            language.code()
        );
        for (code, fields) in Rejection::FIELDS {
            for name in [(*code).to_owned(), format!("{code}.remedy")] {
                let unknown: Vec<_> = definitions[&name]
                    .iter()
                    .filter(|variable| !fields.contains(&variable.as_str()))
                    .collect();
                assert!(
                    unknown.is_empty(),
                    "ledger-core/messages/{}.ftl: `{name}` shows {unknown:?}, the rejection has {fields:?}",
                    language.code()
                );
            }
        }
    }
}

#[test]
fn both_languages_say_the_same_things() {
    assert_eq!(
        check::differences(REJECTIONS_CHINESE, REJECTIONS_ENGLISH),
        Vec::<String>::new()
    );
    assert_eq!(
        check::differences(WORDS_CHINESE, WORDS_ENGLISH),
        Vec::<String>::new()
    );
}

#[test]
fn a_difference_between_the_languages_is_named() {
    assert_eq!(
        check::differences("a = { $x }\nb = 二", "a = { $y }\n    .remedy = do"),
        [
            "`a` shows {\"x\"} in Chinese and {\"y\"} in English",
            "`a.remedy` is missing in Chinese",
            "`b` is missing in English",
        ]
    );
    assert_eq!(
        check::differences("a = { SHOUT($x) }", "a = { $x }"),
        ["`a` calls SHOUT, which does not exist"]
    );
}

#[test]
fn a_rejection_is_explained_with_its_numbers() {
    let rejection = Rejection::InsufficientMinutes {
        account: AccountId([7; 20]),
        available: Minutes(60),
        requested: Minutes(90),
    };
    for language in Language::ALL {
        let explanation = rejections(language).explain_rejection(&rejection);
        assert!(
            explanation.message.contains("60") && explanation.message.contains("90"),
            "{explanation:?}"
        );
        assert!(explanation.remedy.is_some());
    }
}

#[test]
fn words_offices_and_times_are_shown_for_people() {
    let rejection = Rejection::RoleMissing {
        role: Role::SocialWorker,
        organisation: OrganisationId(320_102_005),
    };
    let chinese = rejections(Language::Chinese).explain_rejection(&rejection);
    assert!(chinese.message.contains("社工"), "{chinese:?}");
    assert!(chinese.message.contains("320102005"), "{chinese:?}");
    let expired = Rejection::Expired {
        valid_until_ms: TimestampMs(0),
        now_ms: TimestampMs(60_000),
    };
    let english = rejections(Language::English).explain_rejection(&expired);
    assert!(
        english.message.contains("1970-01-01 08:00:00"),
        "{english:?}"
    );
}

/// The words by which serde knows the variants of `T`, from its complaint about `stranger`, which names none of them.
fn variants_beside<T: serde::de::DeserializeOwned + std::fmt::Debug>(
    stranger: &str,
) -> Vec<String> {
    let complaint = serde_json::from_str::<T>(stranger).unwrap_err().to_string();
    let (_, list) = complaint.split_once("expected ").unwrap();
    let words: Vec<String> = list
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect();
    assert!(words.len() > 1, "{complaint}");
    words
}

fn variants<T: serde::de::DeserializeOwned + std::fmt::Debug>() -> Vec<String> {
    variants_beside::<T>("\"?\"")
}

/// The same for enums whose variant is named in their field `kind`.
fn kinds<T: serde::de::DeserializeOwned + std::fmt::Debug>() -> Vec<String> {
    variants_beside::<T>("{\"kind\": \"?\"}")
}

/// Whoever adds a role, a status, an operation or an entry adds its word, in both languages.
#[test]
fn every_word_of_the_rules_is_in_both_languages() {
    let words = [
        variants::<Role>(),
        variants::<Relation>(),
        variants::<OrderStatus>(),
        variants::<AccountStatus>(),
        variants::<AccountKind>(),
        variants::<Source>(),
        variants::<RejectionReason>(),
        variants::<ReversalReason>(),
        variants::<Side>(),
        variants::<Level>(),
        variants::<PoolKind>(),
        variants::<BudgetPurpose>(),
        variants::<PolicyParameter>(),
        variants::<Direction>(),
        variants::<ProxyScope>(),
    ];
    let mut needed: BTreeSet<String> = words.concat().into_iter().collect();
    needed.extend(kinds::<Entry>().iter().map(|kind| format!("entry_{kind}")));
    for kind in kinds::<Operation>() {
        needed.insert(format!("operation_{kind}"));
        needed.insert(format!("signed_by_{kind}"));
    }
    for (language, source) in [("zh", WORDS_CHINESE), ("en", WORDS_ENGLISH)] {
        let definitions = check::definitions(source).unwrap();
        let present: BTreeSet<String> = definitions
            .keys()
            .filter_map(|name| name.strip_prefix("word-").map(str::to_owned))
            .collect();
        let missing: Vec<_> = needed.difference(&present).collect();
        assert!(
            missing.is_empty(),
            "ledger-core/messages/words.{language}.ftl: add {missing:?}"
        );
        let surplus = |prefix: &str| {
            let named = present.iter().filter(|word| word.starts_with(prefix));
            let surplus: Vec<_> = named.filter(|word| !needed.contains(*word)).collect();
            assert!(surplus.is_empty(), "{language}: remove {surplus:?}");
        };
        surplus("entry_");
        surplus("operation_");
        surplus("signed_by_");
    }
}

#[test]
fn every_state_of_orders_and_accounts_has_its_meaning_in_both_languages() {
    let states = [variants::<OrderStatus>(), variants::<AccountStatus>()].concat();
    assert_eq!(states.len(), 13 + 3, "{states:?}");
    for language in Language::ALL {
        let catalogue = rejections(language);
        for state in &states {
            let id = format!("word-{state}");
            let meaning = catalogue.try_attribute(&id, "meaning", &Arguments::NONE);
            assert!(matches!(meaning, Ok(Some(_))), "{language:?}: {id}.meaning");
        }
    }
}

#[test]
fn fields_that_carry_values_or_lists_are_shown_plainly() {
    let looser = Rejection::PolicyLooser {
        parameter: PolicyParameter::DisputeWindowMs,
        city: PolicyValue::Number(3 * crate::time::DAY_MS),
    };
    let message = rejections(Language::English)
        .explain_rejection(&looser)
        .message;
    assert!(message.contains("3 d"), "{message}");
    let programmes = Rejection::RedemptionProgramme {
        programmes: vec![ProgrammeCode(7), ProgrammeCode(12)],
    };
    let message = rejections(Language::Chinese)
        .explain_rejection(&programmes)
        .message;
    assert!(message.contains("P07, P12"), "{message}");
}

#[test]
fn a_message_that_is_missing_or_lacks_a_value_is_an_error_and_still_shows_the_facts() {
    let catalogue = Catalogue::new(Language::English, &["hello = Hello { $name }"]).unwrap();
    let none = Arguments::NONE;
    assert_eq!(
        catalogue.try_render("bye", &none),
        Err(RenderError::Missing { id: "bye".into() })
    );
    assert!(matches!(
        catalogue.try_render("hello", &none),
        Err(RenderError::Incomplete { .. })
    ));
    let facts = none.number("minutes", 5u64);
    assert_eq!(catalogue.render("bye", &facts), "bye minutes=5");
    assert_eq!(
        catalogue.render("hello", &Arguments::NONE.text("name", "Chen")),
        "Hello Chen"
    );
}

#[test]
fn a_text_that_is_not_fluent_or_defines_twice_is_refused() {
    assert!(Catalogue::new(Language::English, &["= nothing"]).is_err());
    assert!(Catalogue::new(Language::English, &["a = 1\n", "a = 2\n"]).is_err());
}

#[test]
fn locales_choose_a_language() {
    assert_eq!(Language::of_locale("zh_CN.UTF-8"), Language::Chinese);
    assert_eq!(Language::of_locale("zh"), Language::Chinese);
    assert_eq!(Language::of_locale("en_GB"), Language::English);
    assert_eq!(Language::of_locale(""), Language::English);
}

#[test]
fn what_is_shown_steers_no_terminal_and_turns_nothing_around() {
    let catalogue = Catalogue::new(Language::English, &["said = It says { $text }."]).unwrap();
    let shown = |text| catalogue.render("said", &Arguments::NONE.text("text", text));
    assert_eq!(
        shown("\u{1b}[2Jwon\r\u{7}"),
        "It says \u{fffd}[2Jwon\u{fffd}\u{fffd}."
    );
    assert_eq!(shown("\u{9b}H"), "It says \u{fffd}H.");
    assert_eq!(shown("\u{202e}09\u{2066}"), "It says \u{fffd}09\u{fffd}.");
    assert_eq!(shown("一\n\ttwo"), "It says 一\n\ttwo.");
    // For want of a message, too.
    let bare = catalogue.explain("unknown", &Arguments::NONE.text("text", "\u{1b}c"));
    assert!(!bare.message.contains('\u{1b}'), "{bare:?}");
}
