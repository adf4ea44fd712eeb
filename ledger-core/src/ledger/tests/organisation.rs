//! Organisations and staff.

use super::check;
use super::city::City;

#[test]
fn a_parent_registers_what_lies_one_level_below() {
    check(
        "gulou/3 registers as street under gulou -> ok
        gulou/3/1 registers as service_point under gulou/3 by administrator@gulou -> threshold_not_met
        gulou/1/3 registers as service_point under gulou/1 -> ok
        320199 registers as district under nanjing -> ok
        gulou/3 registers as street under gulou -> organisation_exists
        gulou/4 registers as service_point under gulou -> organisation_level
        gulou/4 registers as district under gulou -> organisation_level
        gulou/1/1/1 registers as service_point under gulou/1/1 by administrator@gulou/1 -> organisation_level
        320198/1 registers as street under 320198 by administrator@gulou -> organisation_unknown",
    );
}

#[test]
fn only_the_parents_own_administrators_register_to_its_threshold() {
    check(
        "gulou/4 registers as street under gulou by administrator@gulou -> threshold_not_met
        gulou/4 registers as street under gulou by administrator@nanjing, administrator2@nanjing -> threshold_not_met
        gulou/4 registers as street under gulou by registrar@gulou -> threshold_not_met
        gulou/4 registers as street under gulou by administrator@gulou, administrator2@gulou, registrar@gulou -> signature_unneeded
        320198 registers as district under nanjing by administrator@nanjing, administrator2@nanjing, administrator3@nanjing -> ok",
    );
}

#[test]
fn one_human_with_two_entries_is_one_administrator() {
    check(
        "gulou sets staff 3=administrator:administrator@gulou threshold 3 -> threshold_unreachable
        gulou sets staff 3=administrator:administrator@gulou threshold 2 -> ok
        gulou/4 registers as street under gulou by administrator@gulou, administrator3@gulou -> same_person
        gulou/4 registers as street under gulou by administrator2@gulou, administrator3@gulou -> ok",
    );
}

#[test]
fn a_new_organisation_gets_its_first_staff_from_its_parent() {
    check(
        "gulou/3 registers as street under gulou -> ok
        gulou/3 sets staff 1=administrator:registrar@gulou/1 threshold 1 by administrator@nanjing, administrator2@nanjing -> threshold_not_met
        gulou/3 sets staff 1=administrator:registrar@gulou/1 threshold 1 by administrator@gulou, administrator2@gulou -> ok
        gulou/3 sets staff 11=registrar:registrar@gulou/1 threshold 1 -> ok
        chen opens at gulou/3 -> ok
        gulou/3 sets staff 12=registrar:chen threshold 1 by administrator@gulou, administrator2@gulou -> ok
        gulou/3 sets staff 13=registrar:chen threshold 1 by administrator@gulou/3, administrator@gulou -> signature_unneeded
        gulou/3 sets staff 1=gone threshold 0 -> ok
        gulou/3 sets staff 13=registrar:chen threshold 0 by administrator@gulou, administrator2@gulou -> ok",
    );
}

#[test]
fn an_old_key_never_acts_with_what_the_new_holder_of_its_number_may_do() {
    check(
        "chen opens at gulou -> ok
        gulou sets staff 30=clerk:chen threshold 2 -> ok
        budget winter opens for service of 3000 in gulou until +30 by #30@gulou, treasurer@gulou -> role_missing
        gulou sets staff 30=treasurer:clerk@gulou/1:blue threshold 2 -> ok && budget winter opens for service of 3000 in gulou until +30 by #30@gulou, treasurer@gulou -> signer_unknown
        budget winter opens for service of 3000 in gulou until +30 by #30@gulou, treasurer@gulou -> signature_wrong
        budget winter opens for service of 3000 in gulou until +30 by #30@gulou~blue, treasurer@gulou -> ok
        gulou sets staff 30=treasurer:clerk@gulou/1 threshold 2 -> ok && budget spring opens for service of 3000 in gulou until +30 by #30@gulou~blue, treasurer@gulou -> ok",
    );
}

#[test]
fn the_city_changes_its_own_staff() {
    check(
        "nanjing sets staff 4=administrator:registry@nanjing threshold 3 -> ok
        nanjing sets staff 5=auditor:registry@nanjing threshold 3 -> threshold_not_met
        nanjing sets staff 5=auditor:registry@nanjing threshold 3 by administrator@nanjing, administrator2@nanjing, #4@nanjing -> ok",
    );
}

#[test]
fn a_threshold_can_always_be_met() {
    check(
        "gulou/1 sets staff threshold 0 -> threshold_unreachable
        gulou/1 sets staff threshold 2 -> threshold_unreachable
        gulou/1 sets staff 1=gone threshold 1 -> threshold_unreachable
        gulou/1 sets staff 2=administrator:clerk@gulou/1 threshold 2 -> ok
        gulou/1 sets staff threshold 1 -> threshold_not_met
        gulou/1 sets staff threshold 1 by administrator@gulou/1, administrator2@gulou/1 -> ok",
    );
}

#[test]
fn entries_are_complete_and_people_are_real() {
    check(
        "gulou/1 sets staff 7=clerk+clerk:clerk@gulou/1 threshold 1 -> staff_roles
        gulou/1 sets staff 7=social+clerk:clerk@gulou/1 threshold 1 -> staff_roles
        gulou/1 sets staff 7=:clerk@gulou/1 threshold 1 -> staff_roles
        gulou/1 sets staff 7=registry:clerk@gulou/1 threshold 1 -> identity_registry_outside_city
        gulou/1 sets staff 7=clerk:clerk@gulou/1:weak threshold 1 -> key_refused
        gulou/1 sets staff 7=clerk:nobody threshold 1 -> account_unknown
        rice registers at gulou -> ok
        gulou/1 sets staff 7=clerk:rice threshold 1 -> not_a_person
        gulou/1 sets staff 7=gone threshold 1 -> staff_unknown
        gulou/1 sets staff 8=clerk:clerk@gulou/1 7=clerk:clerk@gulou/1 threshold 1 -> staff_changes_order
        gulou/1 sets staff 7=clerk:clerk@gulou/1 7=gone threshold 1 -> staff_changes_order
        320199 sets staff 7=gone threshold 0 by administrator@gulou -> organisation_unknown
        gulou/1 sets staff 7=clerk+social:clerk@gulou/1 8=auditor:clerk@gulou/1 threshold 1 -> ok
        gulou/1 sets staff 7=gone 8=clerk:clerk@gulou/1:blue threshold 1 -> ok",
    );
}

#[test]
fn refuses_more_than_a_hundred_changes_at_once_and_a_thousand_entries_in_all() {
    let changes = |numbers: std::ops::Range<u32>| {
        let entries: Vec<_> = numbers
            .map(|it| format!("{it}=clerk:clerk@gulou/1:blue"))
            .collect();
        format!("gulou/1 sets staff {} threshold 1", entries.join(" "))
    };
    let mut city = City::new();
    city.play(&format!("{} -> staff_changes_max", changes(100..201)));
    // Ten of the founding entries are there already.
    for hundred in 1..10 {
        let from = hundred * 100;
        city.play(&format!("{} -> ok", changes(from..from + 100)));
    }
    city.play(&format!("{} -> staff_max", changes(1_000..1_091)));
    city.play(&format!("{} -> ok", changes(1_000..1_090)));
}
