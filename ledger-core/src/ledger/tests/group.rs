//! Groups and their members.

use super::check;
use super::city::City;
use crate::id::AccountId;
use crate::state::StateKey;
use crate::transaction::Operation;

#[test]
fn registrar_and_social_worker_open_a_group() {
    check(
        "team opens as group at gulou by registrar@gulou/1, key:team -> role_missing
        team opens as group at gulou by social@gulou/1, key:team -> role_missing
        team opens as group at gulou by registrar@gulou/1, social@gulou/2, key:team -> role_missing
        team opens as group at gulou by registrar@gulou/1, social@gulou/1 -> signature_missing
        weak opens as group at gulou by registrar@gulou/1, social@gulou/1 -> key_refused
        team opens as group at 320106 -> home_not_a_street
        gulou/1 sets staff 7=social:registrar@gulou/1 threshold 1 -> ok
        team opens as group at gulou by registrar@gulou/1, #7@gulou/1, key:team -> same_person
        team opens as group at gulou -> ok
        team has 0
        team2 opens as group at gulou -> ok
        team rotates to blue -> ok",
    );
}

#[test]
fn group_and_registrar_change_its_members() {
    check(
        "chen opens at gulou -> ok
        cao opens at xuanwu -> ok
        li opens keyless at gulou -> ok
        gone opens at gulou -> ok
        gone closes for donation -> ok
        rice registers at gulou -> ok
        team opens as group at gulou -> ok
        team adds chen by team -> role_missing
        team adds chen by registrar@gulou/1 -> signature_missing
        team adds chen by team, registrar@gulou/2 -> role_missing
        chen adds cao -> not_a_group
        rice adds cao -> not_a_group
        nobody adds chen by registrar@gulou/1 -> account_unknown
        team adds rice -> not_a_person
        team adds team -> not_a_person
        team adds gone -> account_closed
        team adds nobody -> account_unknown
        team drops chen -> not_a_member
        team adds chen,cao,li -> ok
        team has members chen,cao,li
        team adds chen -> member_already
        team adds chen,chen -> members_order
        team drops li,li -> members_order
        team drops li -> ok
        team has members chen,cao
        team is frozen -> ok
        team adds li -> ok
        li moves to xuanwu -> ok
        cao closes for donation -> ok
        team drops cao,chen,li -> ok
        team has members nothing",
    );
}

#[test]
fn a_group_has_a_bounded_number_of_members() {
    let mut city = City::new();
    city.play("chen opens at gulou -> ok\nteam opens as group at gulou -> ok");
    // Copies of an account stand for two hundred people, whose opening is another matter.
    let copy = city.account("chen");
    let mut people: Vec<AccountId> = (0..201u8).map(|number| AccountId([number; 20])).collect();
    city.arrange(|state| {
        for person in &people {
            state.store(&StateKey::Account(*person), &copy);
        }
    });
    let last = people.split_off(200);
    let mut adds = |members: &[AccountId]| {
        let mut draft = city.draft("team adds chen");
        let Operation::SetMembers(operation) = &mut draft.operation else {
            panic!("it sets members")
        };
        operation.add = members.to_vec();
        city.outcome(&draft)
    };
    assert_eq!(adds(&people[..101]), "member_changes_max");
    assert_eq!(adds(&people[..100]), "ok");
    assert_eq!(adds(&people[100..]), "ok");
    assert_eq!(adds(&last), "members_max");
}

#[test]
fn a_group_moves_and_recovers_like_a_person() {
    check(
        "chen opens at gulou -> ok
        cao opens at gulou -> ok
        team opens as group at gulou -> ok
        team trusts 2 of chen,cao after 72 hours -> ok
        team moves to xuanwu by team, registrar@xuanwu/1 -> ok
        team is recovered to blue by chen, cao, key:blue -> ok
        72 hours pass
        team signs with blue
        team adds chen -> ok",
    );
}

#[test]
fn a_group_spends_only_where_the_policy_of_its_home_lets_it() {
    check(
        "team opens as group at gulou -> ok
        team is granted 600
        team donates 60 to gulou:donation -> group_may_not_spend
        nanjing sets group_may_spend to 1 from +0 -> ok
        team donates 60 to gulou:donation -> ok
        team is frozen -> ok
        team donates 60 to gulou:donation -> account_frozen
        gulou sets group_may_spend to 0 from +0 -> ok
        team is unfrozen -> ok
        team donates 60 to gulou:donation -> group_may_not_spend
        team moves to xuanwu -> ok
        team donates 60 to gulou:donation -> ok
        team closes for donation -> ok
        pool gulou:donation has 120
        pool xuanwu:donation has 480",
    );
}
