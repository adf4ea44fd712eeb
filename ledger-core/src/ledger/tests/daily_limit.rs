//! Where it is counted how many transactions a signer begins in a day: for accounts in their own records, so that whatever
//! an operation does to such a record, the count stays.

use super::city::{City, secret, staff};
use crate::record::daily_count::{CountedSigner, DailyCount};
use crate::state::StateKey;

/// A family, a group and a merchant, and three orders, each as far as its name says.
const TOWN: &str = "chen opens at gulou -> ok
    cao opens at gulou -> ok
    li opens at xuanwu -> ok
    cao is granted 3600
    chen is granted 3600
    cao links chen as child -> ok
    chen allows cao 600 until +30 -> ok
    team opens as group at gulou -> ok
    rice registers at gulou -> ok
    rice lists I01=60 -> ok
    cao appoints chen for both 600 until +30 -> ok
    cao trusts 1 of li after 72 hours -> ok
    cao posts 60 in gulou as posted -> ok
    cao posts 60 in gulou as accepted -> ok
    li accepts accepted -> ok
    li serves 60 for cao in gulou as verified -> verified
    ";

/// The keys of what the next block changes, when it holds what is said and nothing else.
fn changed(city: &mut City, said: &str) -> Vec<StateKey> {
    let draft = city.draft(said);
    let sealed = city.seal(&draft);
    let built = city.build(&[sealed]);
    assert!(built.refused.is_empty(), "{said:?}: {:?}", built.refused);
    let keys = built.execution.writes.records.keys();
    keys.map(|key| StateKey::of_bytes(key).expect("a key"))
        .collect()
}

#[test]
fn a_gift_changes_the_records_of_the_two_and_what_all_transactions_share() {
    let mut city = City::new();
    city.play(TOWN);
    let [cao, chen] = ["cao", "chen"].map(|name| StateKey::Account(city.account_id(name)));
    let mut changed = changed(&mut city, "cao gives chen 60");
    changed.retain(|key| {
        !matches!(
            key,
            StateKey::Supply | StateKey::DistrictMonth(..) | StateKey::RememberedHour(_)
        )
    });
    assert_eq!(changed.len(), 2, "{changed:?}");
    assert!(changed.contains(&cao) && changed.contains(&chen));
}

#[test]
fn only_staff_and_validators_have_a_count_beside_their_record() {
    let mut city = City::new();
    city.play(TOWN);
    city.play("v1 is accused at 1 -> ok");
    let staff = CountedSigner::Staff(staff("registrar@gulou/1").expect("a member of staff"));
    let validator = CountedSigner::Validator(secret("v1").public_key());
    let tag = StateKey::SignerDay(staff).to_bytes()[0];
    let records = city.state.records();
    let counted: Vec<StateKey> = records
        .filter(|(key, _)| key[0] == tag)
        .map(|(key, _)| StateKey::of_bytes(key).expect("a key, so not of an account"))
        .collect();
    for counts in [staff, validator] {
        assert!(counted.contains(&StateKey::SignerDay(counts)));
    }
}

#[test]
fn no_operation_loses_the_count_of_the_account_that_begins_it() {
    let mut limited = City::new();
    limited.play(&format!(
        "{TOWN}nanjing sets person_transactions_per_day to 1 from +0 -> ok
        1 day passes"
    ));
    for line in [
        "cao gives chen 60",
        "cao donates 60 to gulou:donation",
        "cao redeems I01 for 60 at rice",
        "cao posts 30 in gulou as o1",
        "cao posts 30 in gulou as o1 payer chen",
        "chen posts 30 in gulou as o1 payer cao by chen, cao",
        "cao cancels posted",
        "cao cancels accepted",
        "cao reports provider absent from accepted",
        "cao disputes verified",
        "cao rates provider of verified with 4",
        "cao links li as sibling",
        "cao unlinks chen",
        "cao allows chen 60 until +30",
        "chen allows cao 90 until +30",
        "cao appoints li for orders 60 until +30",
        "cao revokes chen",
        "cao trusts nobody",
        "cao moves to xuanwu",
        "cao rotates to blue",
        "li accepts posted",
        "li starts accepted",
        "team adds chen",
        "team rotates to blue",
        "rice lists I02=30",
        "rice rotates to blue",
    ] {
        let (name, _) = line.split_once(' ').expect("who begins it, and what");
        let again = format!("{name} donates 1 to gulou:donation");
        let mut city = limited.clone();
        city.play(&format!("{line} -> ok\n{again} -> transactions_per_day"));
        let one = DailyCount {
            day: city.today(),
            count: 1,
        };
        assert_eq!(city.account(name).transactions_begun, one, "{line}");
        // Within one block a key that was replaced signs nothing more.
        let refused = if line.contains("rotates") {
            "signer_unknown"
        } else {
            "transactions_per_day"
        };
        let mut city = limited.clone();
        city.play(&format!("{line} -> ok && {again} -> {refused}"));
    }
}
