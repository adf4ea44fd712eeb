//! Minors, whose legal guardian signs beside them.

use super::check;

const FAMILY: &str = "ma opens at gulou -> ok
    pa opens at gulou -> ok
    kid opens at gulou under ma -> ok
    kid is granted 600
    ";

fn check_family(script: &str) {
    check(&format!("{FAMILY}{script}"));
}

#[test]
fn a_minors_account_is_opened_with_its_guardian() {
    check(
        "ma opens at gulou -> ok
        li opens keyless at gulou -> ok
        rice registers at gulou -> ok
        kid opens at gulou under ma by registrar@gulou/1, registry@nanjing, key:kid -> signature_missing
        kid opens at gulou under ma by registrar@gulou/1, ma, key:kid -> role_missing
        kid opens at gulou under ma by registrar@gulou/1, registry@nanjing, ma -> signature_missing
        kid opens at gulou under li by registrar@gulou/1, registry@nanjing, key:kid -> guardian_keyless
        kid opens at gulou under rice -> not_a_person
        kid opens at gulou under nobody by registrar@gulou/1, registry@nanjing, key:kid -> account_unknown
        gulou/1 sets staff 7=registrar:ma threshold 1 -> ok
        kid opens at gulou under ma by #7@gulou/1, registry@nanjing, key:kid, ma -> same_person
        ma is frozen -> ok
        kid opens at gulou under ma -> account_frozen
        ma is unfrozen -> ok
        kid opens at gulou under ma -> ok
        kid is under ma
        baby opens at gulou under kid -> guardian_minor",
    );
}

#[test]
fn a_minor_has_a_key() {
    let mut city = super::city::City::new();
    city.play("ma opens at gulou -> ok");
    let mut draft = city.draft("kid opens at gulou under ma");
    let crate::transaction::Operation::OpenAccount(operation) = &mut draft.operation else {
        panic!("it opens an account")
    };
    operation.key = None;
    assert_eq!(city.outcome(&draft), "minor_keyless");
    city.play(
        "li opens keyless at gulou -> ok
        li is put under ma -> minor_keyless",
    );
}

#[test]
fn registrar_registry_and_the_new_guardian_change_a_guardianship() {
    check_family(
        "kid is put under pa by registrar@gulou/1, pa -> role_missing
        kid is put under pa by registry@nanjing, pa -> role_missing
        kid is put under pa by registrar@gulou/1, registry@nanjing -> signature_missing
        kid is put under pa by registrar@gulou/2, registry@nanjing, pa -> role_missing
        kid is put under ma -> legal_guardian_unchanged
        kid is put under kid -> guardian_self
        ma comes of age -> legal_guardian_unchanged
        gulou/1 sets staff 7=registrar:pa 8=registrar:registry@nanjing 9=registrar:kid threshold 1 -> ok
        kid is put under pa by #7@gulou/1, registry@nanjing, pa -> same_person
        kid is put under pa by #8@gulou/1, registry@nanjing, pa -> same_person
        kid comes of age by #9@gulou/1, registry@nanjing -> same_person
        kid is put under pa -> ok
        kid is under pa
        kid comes of age by registrar@gulou/1, registry@nanjing, pa -> signature_unneeded
        kid comes of age by registrar@gulou/1, registry@nanjing -> ok
        kid is of age
        kid rotates to blue -> ok",
    );
}

#[test]
fn a_minor_binds_itself_with_its_guardian_only() {
    check_family(
        "li opens at gulou -> ok
        kid links li as grandparent -> signature_missing
        kid links li as grandparent by kid, ma, li, registrar@gulou/1 -> ok
        kid allows li 60 until +30 -> signature_missing
        kid allows li 60 until +30 by kid, ma -> ok
        kid allows li 60 until +30 by kid, pa -> signature_missing
        kid appoints li for orders 60 until +30 -> signature_missing
        kid appoints li for orders 60 until +30 by kid, ma -> ok
        kid revokes li -> signature_missing
        kid revokes li by kid, ma -> ok
        kid unlinks li -> signature_missing
        kid unlinks li by kid, ma -> ok
        kid trusts 1 of pa after 72 hours -> signature_missing
        kid trusts 1 of pa after 72 hours by kid, ma -> ok
        kid rotates to blue -> signature_missing
        kid rotates to blue by kid, ma, key:blue -> ok
        kid signs with blue
        kid moves to xuanwu -> signature_missing
        kid moves to xuanwu by kid, ma, registrar@xuanwu/1 -> ok",
    );
}

#[test]
fn a_guardian_is_one_signer_and_may_be_the_other_side() {
    check_family(
        "ma links kid as child by ma, registrar@gulou/1 -> signature_missing
        ma links kid as child by ma, kid, registrar@gulou/1 -> ok
        kid unlinks ma by kid, ma -> ok
        ma links kid as child by ma, kid, registrar@gulou/1 -> ok
        kid unlinks ma by ma -> ok
        li opens keyless at gulou -> ok
        li appoints kid for orders 60 until +30 -> ok",
    );
}

#[test]
fn a_guardian_who_closes_or_becomes_a_minor_signs_for_nobody() {
    check_family(
        "ma is put under pa -> ok
        kid rotates to blue by kid, ma, key:blue -> guardian_minor
        ma comes of age -> ok
        ma closes for donation -> ok
        kid rotates to blue by kid, ma, key:blue -> account_closed
        kid rotates to blue by kid, key:blue -> signature_missing
        kid is put under pa -> ok
        kid rotates to blue by kid, pa, key:blue -> ok",
    );
}

#[test]
fn a_minor_and_its_guardian_do_not_verify_each_other() {
    check_family(
        "gulou/1 sets staff 7=social:kid threshold 1 -> ok
        li opens at gulou -> ok
        li is granted 60
        ma records 60 for li in gulou as o1 -60..+0 -> ok
        #7@gulou/1 approves 60 of o1 -> verifier_is_kin
        social@gulou/1 approves 60 of o1 -> ok",
    );
}
