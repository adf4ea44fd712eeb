//! Memberships: what an account shows to a stranger, through everything that can happen to it.

use super::city::City;
use crate::codec;
use crate::id::OrganisationId;
use crate::ledger::invariants::{self, Imbalance};
use crate::ledger::{NothingVerified, apply_block};
use crate::record::account::AccountRecord;
use crate::record::membership::Membership;
use crate::state::key::account_of_key;
use crate::state::key::kinds::account_of_membership_key;
use crate::state::{Overlay, StateKey};

fn city(script: &str) -> City {
    let mut city = City::new();
    city.play(script);
    city
}

fn membership(city: &City, name: &str) -> Option<Membership> {
    city.load(&StateKey::Membership(city.account_id(name)))
}

/// Plays `line` and says whether `name` is a member afterwards, with the key and home of the account.
fn is_member_after(city: &mut City, line: &str, name: &str) -> bool {
    city.play(line);
    let account = city.account(name);
    match membership(city, name) {
        Some(membership) => {
            assert_eq!(Some(membership.key), account.key, "after {line:?}");
            assert_eq!(membership.home, account.home, "after {line:?}");
            true
        }
        None => false,
    }
}

#[test]
fn the_founding_staff_are_members_from_the_first_block_on() {
    let city = City::new();
    let (mut accounts, mut members) = (0, 0);
    for (key, value) in city.state.records() {
        if account_of_key(key).is_some() {
            accounts += 1;
        }
        if let Some(account) = account_of_membership_key(key) {
            members += 1;
            let membership: Membership = codec::decode(value, value.len()).unwrap();
            let record: AccountRecord = city.load(&StateKey::Account(account)).unwrap();
            assert_eq!(Membership::of(&record), Some(membership));
        }
    }
    assert!(accounts > 0);
    assert_eq!(accounts, members, "the founding staff are people with keys");
}

#[test]
fn a_membership_lasts_while_the_account_is_active() {
    let mut city = city("chen opens at gulou -> ok");
    for (line, member) in [
        ("chen is granted 60", true),
        ("chen rotates to blue -> ok", true),
        ("chen is frozen -> ok", false),
        ("chen rotates to red -> ok", false),
        ("chen is unfrozen -> ok", true),
        ("chen moves to xuanwu -> ok", true),
        ("chen closes for donation -> ok", false),
    ] {
        assert_eq!(is_member_after(&mut city, line, "chen"), member, "{line}");
    }
}

#[test]
fn a_recovered_key_is_the_members_key() {
    let mut city = city(
        "chen opens at gulou -> ok
        wang opens at gulou -> ok
        li opens at gulou -> ok
        chen trusts 2 of wang,li after 72 hours -> ok",
    );
    let before = membership(&city, "chen").unwrap();
    city.play("chen is recovered to blue by wang, li, key:blue -> ok");
    assert_eq!(membership(&city, "chen"), Some(before), "until it finishes");
    assert!(is_member_after(&mut city, "73 hours pass", "chen"));
    assert_ne!(membership(&city, "chen").unwrap().key, before.key);
}

#[test]
fn only_people_with_keys_are_members() {
    let mut city = city(
        "chen opens at gulou -> ok
        wang opens at gulou -> ok
        li opens keyless at gulou -> ok
        rice registers at gulou -> ok",
    );
    assert_eq!(membership(&city, "li"), None);
    assert_eq!(membership(&city, "rice"), None);
    assert!(membership(&city, "chen").is_some());
    assert!(!is_member_after(&mut city, "li is granted 60", "li"));
}

#[test]
fn what_changes_nothing_a_stranger_sees_writes_no_membership() {
    let mut city = city(
        "chen opens at gulou -> ok
        cao opens at gulou -> ok",
    );
    city.play("cao is granted 300");
    let mut memberships_written_by = |line: &str| {
        let (state, tip) = (city.state.clone(), city.tip);
        let blocks = city.history.len();
        city.play(line);
        assert_eq!(city.history.len(), blocks + 1, "{line} is one block");
        let block = city.history.last().expect("it was played");
        let execution = apply_block(&state, &tip, block, &NothingVerified).unwrap();
        let keys = execution.writes.records.keys();
        keys.filter(|key| account_of_membership_key(key).is_some())
            .count()
    };
    for (line, written) in [
        ("cao donates 10 to gulou:donation -> ok", 0),
        ("cao posts 60 in gulou as o1 -> ok", 0),
        (
            "chen accepts o1 -> ok && cao donates 5 to gulou:donation -> ok",
            0,
        ),
        ("chen rotates to blue -> ok && cao moves to xuanwu -> ok", 2),
    ] {
        assert_eq!(memberships_written_by(line), written, "{line}");
    }
}

#[test]
fn a_membership_that_is_not_what_the_account_says_is_noticed() {
    let city = city(
        "chen opens at gulou -> ok
        li opens keyless at gulou -> ok",
    );
    let check = |name: &str, write: &dyn Fn(&mut Overlay<'_>, StateKey, AccountRecord)| {
        let mut state = Overlay::new(&city.state);
        let account = city.account_id(name);
        write(
            &mut state,
            StateKey::Membership(account),
            city.account(name),
        );
        state.keep();
        invariants::check(&state, &[]).unwrap().err()
    };
    let wrong = |name: &str| {
        let account = city.account_id(name);
        Some(Imbalance::Membership { account })
    };
    let store_account = |state: &mut Overlay<'_>, name: &str, record: &AccountRecord| {
        state.store(&StateKey::Account(city.account_id(name)), record);
    };
    // Gone without a reason; there without one; of another home.
    assert_eq!(
        check("chen", &|state, key, _| state.delete(&key)),
        wrong("chen")
    );
    let shown = membership(&city, "chen").unwrap();
    assert_eq!(
        check("li", &|state, key, _| state.store(&key, &shown)),
        wrong("li")
    );
    let elsewhere = Membership {
        home: OrganisationId(1),
        ..shown
    };
    let of_another_home = check("chen", &|state, key, record| {
        store_account(state, "chen", &record);
        state.store(&key, &elsewhere);
    });
    assert_eq!(of_another_home, wrong("chen"));
    // Not following a key that is gone, and following it.
    let forgotten = check("chen", &|state, _, mut record| {
        record.key = None;
        store_account(state, "chen", &record);
    });
    assert_eq!(forgotten, wrong("chen"));
    let followed = check("chen", &|state, key, mut record| {
        record.key = None;
        store_account(state, "chen", &record);
        state.delete(&key);
    });
    assert_eq!(followed, None);
}
