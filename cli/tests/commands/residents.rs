//! Residents with wallets of their own: words, passwords, balances checked by themselves, proofs, and the card.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Value, json};
use timebank::{Echo, Question, exit};

use crate::desk::{Desk, open_budget};

const PASSWORD: &str = "correct horse";

/// Someone who writes the words down as they are shown, and gives those asked back; types the password where that is
/// asked. What was written down is kept in `sheet`.
fn careful(sheet: Rc<RefCell<Vec<String>>>) -> impl FnMut(&Question<'_>) -> Option<String> {
    move |question| {
        if question.echo == Echo::Hidden {
            return Some(PASSWORD.to_owned());
        }
        let numbered: Vec<String> = written(question.shown);
        if !numbered.is_empty() {
            *sheet.borrow_mut() = numbered;
        }
        let number: usize = question
            .prompt
            .chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
            .parse()
            .unwrap();
        sheet.borrow().get(number - 1).cloned()
    }
}

/// The words of a sheet such as ` 1. abandon   2. ability`.
fn written(shown: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut parts = shown.split_whitespace().peekable();
    while let Some(part) = parts.next() {
        let is_number = part
            .strip_suffix('.')
            .is_some_and(|number| number.parse::<usize>().is_ok());
        if is_number {
            words.push(parts.next().unwrap().to_owned());
        }
    }
    words
}

/// Makes the resident Wang's wallet; its words.
pub(crate) fn new_wallet(desk: &Desk) -> Vec<String> {
    let sheet = Rc::default();
    desk.seat(careful(Rc::clone(&sheet)));
    desk.json("--profile wang wallet new");
    let words = sheet.take();
    assert_eq!(words.len(), 12, "{words:?}");
    words
}

fn public_key(desk: &Desk) -> String {
    let shown = desk.json("--profile wang wallet show");
    let key = shown["accounts"][0]["public_key"].as_str().unwrap();
    key.to_owned()
}

#[test]
fn words_are_shown_once_asked_back_and_bring_the_wallet_back() {
    let desk = Desk::new();
    let words = new_wallet(&desk);
    let shown = desk.shown();
    assert!(shown.contains("Write them on paper"), "{shown}");
    let key = public_key(&desk);
    let unopened = desk.run("--profile wang wallet balance");
    assert_eq!(unopened.code, exit::USAGE, "{unopened:?}");
    assert!(unopened.err.contains("wallet attach"), "{}", unopened.err);
    // Nothing takes its place.
    let again = desk.run("--profile wang wallet new --yes");
    assert_eq!(again.code, exit::FAILURE);
    assert!(again.err.contains("already"), "{}", again.err);
    // On another machine, in a folder of its own.
    let phrase = words.join(" ");
    desk.answers(&[&phrase, "another word", "another word"]);
    desk.json("--wallet ~elsewhere wallet restore");
    let restored = desk.json("--wallet ~elsewhere wallet show");
    assert_eq!(restored["accounts"][0]["public_key"], json!(key));
    // A word that is wrong is named with those near it, and may be mended.
    let wrong = phrase.replacen(&words[0], "abandonn", 1);
    desk.shown();
    desk.answers(&[&wrong, &phrase, "short", "another word", "another word"]);
    desk.json("--wallet ~third wallet restore");
    let shown = desk.shown();
    assert!(shown.contains("has 5 characters"), "{shown}");
    assert!(
        shown.contains("abandonn") && shown.contains("abandon "),
        "{shown}"
    );
}

#[test]
fn who_does_not_write_the_words_down_gets_no_wallet() {
    let mut desk = Desk::new();
    desk.language = "zh";
    desk.answers(&["不知道"; 5]);
    let printed = desk.run("--profile wang wallet new");
    assert_eq!(printed.code, exit::FAILURE, "{printed:?}");
    assert!(printed.err.contains("什么也没有保存"), "{}", printed.err);
    let shown = desk.shown();
    assert!(shown.contains("请对照纸上所写"), "{shown}");
    // In the reader's language unless another is asked for.
    assert!(
        written(&shown)[0].chars().all(|letter| !letter.is_ascii()),
        "{shown}"
    );
    assert_eq!(desk.run("--profile wang wallet show").code, exit::FAILURE);
}

#[test]
fn a_script_gives_the_password_in_a_file_that_others_cannot_read() {
    let desk = Desk::new();
    let file = desk.path("password.txt");
    std::fs::write(&file, "correct horse\n").unwrap();
    mode(&file, 0o644);
    let open = desk.run("--profile wang --password-file ~password.txt wallet new --yes");
    assert_eq!(open.code, exit::FAILURE, "{open:?}");
    assert!(open.err.contains("0644"), "{}", open.err);
    mode(&file, 0o600);
    let made = desk.json(
        "--profile wang --password-file ~password.txt wallet new --yes --words 24 --language zh",
    );
    assert_eq!(made["words"].as_array().unwrap().len(), 24);
    let key = &made["accounts"][0]["public_key"];
    let words: Vec<&str> = made["words"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    std::fs::write(desk.path("words.txt"), words.concat()).unwrap();
    let restored = desk.json(
        "--wallet ~other --password-file ~password.txt wallet restore --words-file ~words.txt",
    );
    assert_eq!(&restored["accounts"][0]["public_key"], key);
}

#[cfg(unix)]
fn mode(file: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_wrong_password_is_told_from_a_damaged_wallet() {
    let mut desk = Desk::new();
    new_wallet(&desk);
    let line = "--profile wang gift @mother 60 --as @chen --document ~gift.json";
    desk.answers(&["wrong horse", "wrong horse", "wrong horse", PASSWORD]);
    let wrong = desk.run(line);
    assert_eq!(wrong.code, exit::FAILURE, "{wrong:?}");
    assert!(wrong.err.contains("password"), "{}", wrong.err);
    desk.answers(&["wrong horse", PASSWORD]);
    desk.json(line);
    // Balances are asked for without a password: nobody is asked.
    desk.answers(&[]);
    assert_eq!(
        desk.json("--profile wang wallet balance @chen")["verified"],
        json!(true)
    );
    let keystore = desk.path("data/timebank/wang/keystore");
    let good = std::fs::read(&keystore).unwrap();
    for language in ["en", "zh"] {
        desk.language = language;
        let mut bad = good.clone();
        let middle = bad.len() / 2;
        bad[middle] ^= 1;
        std::fs::write(&keystore, &bad).unwrap();
        desk.answers(&[PASSWORD; 3]);
        let damaged = desk.run(line);
        assert_eq!(damaged.code, exit::FAILURE, "{damaged:?}");
        let word = if language == "en" {
            "damaged"
        } else {
            "损坏"
        };
        assert!(damaged.err.contains(word), "{}", damaged.err);
        // It is still there, and nothing took its place.
        assert_eq!(
            desk.run("--profile wang wallet new --yes").code,
            exit::FAILURE
        );
        assert_eq!(std::fs::read(&keystore).unwrap(), bad);
    }
    std::fs::write(&keystore, &good).unwrap();
    desk.answers(&[PASSWORD, "a longer horse", "a longer horse"]);
    desk.json("--profile wang wallet password");
    desk.answers(&[PASSWORD, "a longer horse"]);
    desk.json(line);
}

#[test]
fn an_account_is_watched_without_a_key() {
    let desk = Desk::new();
    desk.json("--profile wang wallet watch @mother --label mother");
    let shown = desk.json("--profile wang wallet balance mother");
    assert_eq!(
        shown["account"],
        json!(timebank_wallet::trial::account("mother"))
    );
    assert_eq!(shown["age_ms"], json!(0));
    let history = desk.json("--profile wang wallet history mother");
    assert_eq!(history["verified"], json!(true));
    // Nothing can be signed.
    let printed = desk.run("--profile wang gift @chen 60 --as @mother");
    assert_eq!(printed.code, exit::USAGE, "{printed:?}");
    let nobody = desk.run(&format!(
        "--profile wang wallet watch {}",
        ledger_core::id::AccountId([5; 20])
    ));
    assert_eq!(nobody.code, exit::NOT_FOUND, "{nobody:?}");
}

/// Opens an account for the wallet's key at the counter, co-signed as a document; its id.
fn open_account(desk: &Desk) -> String {
    let key = public_key(desk);
    let identity = "7c".repeat(32);
    desk.json(&format!(
        "account open --home 320102005 --identity {identity} --holder-key {key} %registrar --document ~open.json"
    ));
    desk.json("sign ~open.json --yes %registry");
    // The resident reads what it says and signs with the wallet.
    desk.shown();
    desk.answers(&["yes", PASSWORD]);
    let signed = desk.json("--profile wang sign ~open.json");
    assert_eq!(signed["signatures"].as_array().unwrap().len(), 3);
    assert!(desk.shown().contains(&key), "the key is in what is shown");
    let submitted = desk.json("submit ~open.json");
    let account = submitted["created"]["account"].as_str().unwrap().to_owned();
    desk.answers(&[PASSWORD]);
    let attached = desk.json(&format!("--profile wang wallet attach {account}"));
    assert_eq!(attached["accounts"][0]["account"], json!(account));
    account
}

#[test]
fn a_resident_earns_with_a_wallet_and_proves_the_balance() {
    let mut desk = Desk::new();
    let words = new_wallet(&desk);
    let account = open_account(&desk);
    let budget = open_budget(&desk);
    let evidence = "77".repeat(32);
    // The resident served the mother for an hour and writes it down; she reads and signs.
    desk.answers(&[PASSWORD]);
    let written = desk.json(&format!(
        "--profile wang service record --recipient @mother --provider {account} --service S01 --district 320102 \
         --start \"2026-11-20 09:00\" --end \"2026-11-20 10:00\" --minutes 60 --payer budget:{budget} \
         --evidence {evidence} --document ~service.json"
    ));
    assert_eq!(written["transaction"]["signer"], json!(account));
    desk.language = "zh";
    desk.shown();
    desk.answers(&["是"]);
    desk.json("sign ~service.json %mother");
    let shown = desk.shown();
    assert!(
        shown.contains(&account) && shown.contains("1 小时"),
        "{shown}"
    );
    let recorded = desk.json("submit ~service.json");
    let order = recorded["created"]["order"].as_str().unwrap();
    let orders = desk.json("--profile wang wallet orders");
    assert_eq!(orders["orders"][0]["id"], json!(order));
    desk.json(&format!("order verify {order} --approve 60 %social"));
    desk.json("time advance \"2026-11-26 08:00\" %admin");
    desk.city.pass_a_block();
    // Asking needs no password.
    desk.answers(&[]);
    let balance = desk.json("--profile wang wallet balance");
    assert_eq!(
        (&balance["spendable"], &balance["verified"]),
        (&json!(60), &json!(true))
    );
    let told = desk.run("--profile wang wallet balance");
    assert!(told.out.contains("已由您自己核对"), "{}", told.out);
    let history = desk.json("--profile wang wallet history");
    assert!(!history["postings"].as_array().unwrap().is_empty());
    let ended = desk.json("--profile wang wallet orders --ended");
    assert_eq!(ended["orders"][0]["status"], json!("settled"));
    // For a landlord who asks no node.
    desk.json("--profile wang prove account --to ~balance.tbproof");
    desk.city.stall(true);
    let proven = desk.json("--profile nobody verify ~balance.tbproof --genesis ~genesis.json");
    assert_eq!(proven["blocks"][0]["facts"][0]["account"], json!(account));
    desk.city.stall(false);
    // The phone is lost; the paper brings the wallet back, and the account's record proves it is the right one.
    let phrase = words.join(" ");
    desk.answers(&[&phrase, "another word", "another word"]);
    desk.json("--profile nobody --wallet ~new wallet restore");
    desk.answers(&["another word"]);
    let line = "--profile nobody --wallet ~new --genesis ~genesis.json";
    desk.json(&format!("{line} wallet attach {account}"));
    desk.answers(&[]);
    assert_eq!(
        desk.json(&format!("{line} wallet balance"))["spendable"],
        json!(60)
    );
    desk.answers(&["another word"]);
    let stranger = desk.run(&format!(
        "{line} wallet attach {}",
        timebank_wallet::trial::account("li")
    ));
    assert_eq!(stranger.code, exit::FAILURE, "{stranger:?}");
}

#[test]
fn recovery_is_guided_step_by_step() {
    let mut desk = Desk::new();
    let prepare = desk.run("recovery guide");
    assert!(prepare.out.contains("1. [now]"), "{}", prepare.out);
    let lost = desk.json("recovery guide @mother --lost");
    assert_eq!(lost["steps"][0]["code"], json!("make_key"));
    let key = timebank_wallet::trial::key("mother's new");
    timebank_wallet::key::save(&key, &desk.path("new.key")).unwrap();
    let due = desk.json(&format!(
        "recovery guide @mother --new-key {}",
        key.public_key()
    ));
    let steps = due["steps"].as_array().unwrap();
    let start = steps.iter().find(|step| step["code"] == "start").unwrap();
    assert_eq!(start["operation"]["kind"], json!("start_recovery"));
    desk.json(&format!(
        "recovery start @mother --new-key {} %registrar %arbiter --sign-as key=~new.key",
        key.public_key()
    ));
    desk.language = "zh";
    let running = desk.run(&format!(
        "recovery guide @mother --new-key {}",
        key.public_key()
    ));
    assert!(running.out.contains("［等待］"), "{}", running.out);
    let object = desk.json("recovery guide @mother --object");
    assert_eq!(object["steps"][0]["code"], json!("somebody_started"));
}

#[test]
fn a_card_is_shown_and_checked_offline_and_a_copy_is_worth_nothing() {
    let mut desk = Desk::new();
    new_wallet(&desk);
    let account = open_account(&desk);
    let shop = "--profile nobody --genesis ~genesis.json";
    // The shop was online once; afterwards it needs no network.
    let asked = desk.json(&format!("{shop} card challenge"));
    let text = asked["parts"][0].as_str().unwrap();
    std::fs::write(desk.path("challenge.txt"), text).unwrap();
    desk.answers(&[PASSWORD]);
    let card = desk.json("--profile wang wallet card --challenge ~challenge.txt");
    let lines = |card: &Value| -> Vec<u8> {
        let parts = card["parts"].as_array().unwrap().iter();
        let parts: Vec<&str> = parts.filter_map(Value::as_str).collect();
        parts.join("\n").into_bytes()
    };
    desk.city.go_away();
    desk.input = lines(&card);
    let member = desk.json(&format!("{shop} card check -"));
    assert_eq!(member["account"], json!(account));
    // The same card again: nothing was asked.
    let copied = desk.run(&format!("{shop} card check -"));
    assert_eq!(copied.code, exit::VERIFICATION, "{copied:?}");
    // Another question is not answered by it either.
    desk.json(&format!("{shop} card challenge"));
    let other = desk.run(&format!("{shop} card check -"));
    assert_eq!(other.code, exit::VERIFICATION, "{other:?}");
    desk.json(&format!("{shop} card challenge --withdraw"));
    // Without a question, for a short time, from the proof that is kept; and once only.
    desk.answers(&[PASSWORD]);
    let brief = desk.json("--profile wang wallet card --seconds 90");
    desk.input = lines(&brief);
    desk.language = "zh";
    let shown = desk.run(&format!("{shop} card check -"));
    assert_eq!(shown.code, exit::OK, "{shown:?}");
    assert!(shown.out.contains("是本市会员"), "{}", shown.out);
    let again = desk.run(&format!("{shop} card check -"));
    assert_eq!(again.code, exit::VERIFICATION, "{again:?}");
    desk.answers(&[PASSWORD]);
    let late = desk.json("--profile wang wallet card");
    desk.input = lines(&late);
    desk.late_ms = 5 * 60_000;
    let expired = desk.run(&format!("{shop} card check -"));
    assert_eq!(expired.code, exit::VERIFICATION, "{expired:?}");
    assert!(!expired.out.contains("会员"), "{}", expired.out);
}
