//! Twenty rounds of SIGKILL under load, of one node or of all four at once: nothing acknowledged is lost or doubled.
//!
//! The command does it (`timebank-testnet chaos`, see `docs/chaos.md`), and reads and audits every block of every node in the
//! end; here it must say so.

mod trial;

use trial::chaos;

#[test]
fn nothing_acknowledged_is_lost_or_doubled_over_twenty_rounds_of_kills() {
    let ended = chaos("--only kill --kill-rounds 20 --seed 20261122 --require-all");
    ended.assert_passed();
    for sentence in ["20 / 20", " 0 lost, 0 doubled;"] {
        assert!(ended.said.contains(sentence), "{}", ended.said);
    }
}
