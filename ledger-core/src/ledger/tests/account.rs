//! Opening accounts and replacing keys.

use super::check;

#[test]
fn registrar_registry_and_holder_open_an_account() {
    check(
        "chen opens at gulou -> ok
        wang opens at gulou by registrar@gulou/1, key:wang -> role_missing
        wang opens at gulou by registry@nanjing, key:wang -> role_missing
        wang opens at gulou by registrar@gulou/1, registry@nanjing -> signature_missing
        wang opens at gulou by registrar@gulou/2, registry@nanjing, key:wang -> role_missing
        wang opens at gulou by clerk@gulou/1, registry@nanjing, key:wang -> role_missing
        wang opens at gulou by key:wang, registrar@gulou/1, registry@nanjing -> signer_not_entitled
        wang opens at gulou by registrar@gulou/1, registrar2@gulou/1, registry@nanjing, key:wang -> signature_unneeded
        wang opens at gulou by registrar@gulou/1, registry@nanjing, key:wang, social@gulou/1 -> signature_unneeded
        wang opens at gulou by registrar@gulou, registry@nanjing, key:wang -> ok",
    );
}

#[test]
fn one_person_has_one_account_in_a_street() {
    check(
        "chen opens at gulou -> ok
        chen opens at xuanwu -> identity_taken
        chen opens keyless at gulou -> identity_taken
        wang opens at 320106 -> home_not_a_street
        wang opens at gulou/1/1 by registrar@gulou/1, registry@nanjing, key:wang -> home_not_a_street
        wang opens at 320199/1 by registrar@nanjing, registry@nanjing, key:wang -> organisation_unknown
        weak opens at gulou by registrar@gulou/1, registry@nanjing -> key_refused",
    );
}

#[test]
fn the_registrar_and_the_registry_are_different_people() {
    check(
        "nanjing sets staff 19=registrar:registry@nanjing threshold 2 -> ok
        chen opens at gulou by #19@nanjing, registry@nanjing, key:chen -> same_person",
    );
}

#[test]
fn three_different_people_open_a_keyless_account() {
    check(
        "cao opens keyless at gulou -> ok
        li opens keyless at gulou by registrar@gulou/1, registry@nanjing -> role_missing
        li opens keyless at gulou by registrar@gulou/1, registry@nanjing, social@gulou/2 -> role_missing
        gulou/1 sets staff 7=registrar+social:clerk@gulou/1 8=social:registrar@gulou/1 threshold 1 -> ok
        li opens keyless at gulou by registrar@gulou/1, #8@gulou/1, registry@nanjing -> same_person
        li opens keyless at gulou by #7@gulou/1, registry@nanjing -> role_missing
        li opens keyless at gulou by #7@gulou/1, registrar@gulou/1, registry@nanjing -> ok
        ma opens keyless at gulou by #7@gulou/1, social@gulou/1, registry@nanjing -> ok",
    );
}

#[test]
fn a_new_key_counts_from_the_next_block() {
    check(
        "chen opens at gulou -> ok
        chen is granted 10
        chen rotates to blue by chen -> signature_missing
        chen rotates to blue by key:blue, chen -> signer_not_entitled
        chen rotates to blue by chen~wang, key:blue -> signature_wrong
        chen rotates to chen -> key_unchanged
        chen rotates to weak by chen -> key_refused
        chen rotates to blue -> ok && chen donates 1 to gulou:donation by chen~blue -> signature_wrong
        chen donates 1 to gulou:donation by chen~chen -> signature_wrong
        chen donates 1 to gulou:donation -> ok
        cao opens keyless at gulou -> ok
        cao rotates to blue -> signer_unknown
        nobody rotates to blue -> signer_unknown
        nobody rotates to blue by chen, key:blue -> account_unknown",
    );
}

#[test]
fn an_account_opened_in_a_block_signs_in_the_next() {
    check(
        "chen opens at gulou -> ok && chen rotates to blue -> signer_unknown
        chen rotates to blue -> ok",
    );
}
