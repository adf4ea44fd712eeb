//! Kin links and allowances.

use super::check;

#[test]
fn links_kin_of_two_streets() {
    check(
        "chen opens at gulou -> ok
        cao opens at xuanwu -> ok
        chen links cao as parent -> ok
        chen keeps 1 kin
        cao keeps 1 kin
        chen is granted 60
        cao gives chen 60 -> insufficient_minutes
        chen gives cao 60 -> ok
        cao has 60
        cao gives chen 60 -> ok
        cao unlinks chen -> ok
        chen keeps 0 kin
        chen gives cao 60 -> kin_unknown",
    );
}
