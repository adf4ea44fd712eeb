//! A name, a telephone number and an identity number that are given to every tool of an office turn up in no database,
//! log, answer or backup of any node: they stay in the office's own files, and on the ledger there are only salted
//! commitments to them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use ledger_core::amount::Minutes;
use ledger_core::record::budget::BudgetPurpose;
use ledger_core::time::{Calendar, Day};
use ledger_core::transaction::government::OpenBudget;
use serde_json::Value;
use support::{OFFICES, Trial, registrar, registry, street_of};
use timebank::{Environment, exit, run_in};
use timebank_testnet::city::{CITY, Person, city_staff, staff_id, street_staff};
use timebank_testnet::driver::budget_of;
use timebank_wallet::client::{Content, Request, Transport};
use timebank_wallet::http::HttpTransport;

/// Whoever leaks, leaks one of these; none of them is anybody's.
const NAME: &str = "Canaria Vogelsang";
const NAME_ZH: &str = "金丝雀某某";
const PHONE: &str = "13900009137";
const NUMBER: &str = "320102194902304712";
/// How many steps of a listing are followed.
const PAGES_MAX: usize = 50;

/// An office's desk: its own folder, and the program against one node.
struct Desk {
    folder: PathBuf,
    node: String,
    genesis: String,
}

impl Desk {
    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.folder.join(name), text).unwrap();
        self.path(name)
    }

    fn key_file(&self, name: &str, person: &Person) -> String {
        let path = self.folder.join(name);
        timebank_wallet::key::save(&person.key, &path).unwrap();
        path.display().to_string()
    }

    /// Runs the program; exit code, and what it printed on both streams.
    fn run(&self, arguments: &[&str]) -> (u8, String) {
        let process = Environment::of_process();
        let environment = Environment {
            variables: BTreeMap::from([("XDG_CONFIG_HOME".to_owned(), self.path("config"))]),
            ..process
        };
        let line = ["timebank"]
            .iter()
            .chain(arguments)
            .chain(&[
                "-o",
                "json",
                "--node",
                &self.node,
                "--genesis",
                &self.genesis,
            ])
            .map(OsString::from)
            .collect::<Vec<_>>();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = run_in(line, &environment, &mut out, &mut err);
        (
            code,
            format!(
                "{}{}",
                String::from_utf8_lossy(&out),
                String::from_utf8_lossy(&err)
            ),
        )
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let (code, said) = self.run(arguments);
        assert_eq!(code, exit::OK, "{arguments:?}: {said}");
        serde_json::from_str(&said).unwrap()
    }
}

/// Every form in which one of the four might lie in a file: as it is, as UTF-16, in hex, in base64 at each offset, and
/// escaped as in JSON.
fn forms() -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for text in [NAME, NAME_ZH, PHONE, NUMBER] {
        let bytes = text.as_bytes();
        forms.push(bytes.to_vec());
        forms.push(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        forms.push(hex::encode(bytes).into_bytes());
        forms.push(hex::encode_upper(bytes).into_bytes());
        for offset in 0..3 {
            forms.push(base64_middle(bytes, offset));
        }
        let escaped: String = text
            .encode_utf16()
            .map(|unit| format!("\\u{unit:04x}"))
            .collect();
        forms.push(escaped.into_bytes());
    }
    forms
}

/// The characters of base64 that depend on `bytes` alone when `offset` other bytes of a group stand before them.
fn base64_middle(bytes: &[u8], offset: usize) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: Vec<bool> = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1))
        .collect();
    let skipped = (6 - offset * 8 % 6) % 6;
    bits[skipped..]
        .chunks_exact(6)
        .map(|digit| {
            digit
                .iter()
                .fold(0, |value, bit| value * 2 + usize::from(*bit))
        })
        .map(|value| DIGITS[value])
        .collect()
}

fn assert_clean(what: &str, bytes: &[u8], forms: &[Vec<u8>]) {
    for form in forms {
        assert!(
            !bytes.windows(form.len()).any(|window| window == form),
            "{what} holds {:?}",
            String::from_utf8_lossy(form)
        );
    }
}

/// Every file below `directory`.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// The answers of a node to everything that may be asked of it about these things, page by page.
fn answers(url: &str, things: &[String]) -> Vec<(String, Vec<u8>)> {
    let transport = HttpTransport::new([url.to_owned()]);
    let mut paths: Vec<String> = [
        "/v1/status",
        "/v1/blocks",
        "/v1/organisations",
        "/v1/supply",
        "/v1/validators",
        "/v1/evidence",
        "/v1/orders",
        "/v1/catalogue",
        "/v1/policies",
        "/v1/openapi.json",
        "/v1/genesis",
        "/metrics",
    ]
    .map(str::to_owned)
    .to_vec();
    paths.extend_from_slice(things);
    let mut seen = Vec::new();
    for path in paths {
        let mut next = Some(path);
        for _ in 0..PAGES_MAX {
            let Some(path) = next.take() else { break };
            let Ok(response) = transport.request(&Request::get(path.clone())) else {
                continue;
            };
            let page: Value = serde_json::from_slice(&response.body).unwrap_or_default();
            let base = path.split(['?', '&']).next().unwrap_or_default().to_owned();
            if let Some(after) = page["next"].as_str() {
                next = Some(format!("{base}?after={after}"));
            }
            seen.push((path, response.body));
        }
    }
    seen
}

#[test]
fn the_search_finds_what_is_there_in_every_form() {
    let forms = forms();
    let mut texts = vec![
        format!("x{NAME}y").into_bytes(),
        hex::encode(NUMBER).into_bytes(),
        NAME_ZH.encode_utf16().flat_map(u16::to_le_bytes).collect(),
    ];
    for before in ["", "a", "ab", "abc"] {
        let whole = format!("{before}{PHONE}zz");
        texts.push(base64_middle(whole.as_bytes(), 0));
    }
    for text in texts {
        let found = std::panic::catch_unwind(|| assert_clean("the text", &text, &forms));
        assert!(
            found.is_err(),
            "not found in {}",
            String::from_utf8_lossy(&text)
        );
    }
}

/// Somebody whose account the office opened.
struct Resident {
    transaction: String,
    account: String,
    key_file: String,
}

/// The registry commits to two people's identities; the street opens their accounts.
fn open_accounts(desk: &Desk, trial: &Trial, vault: &str) -> Vec<Resident> {
    let registrar_key = desk.key_file("registrar.key", &registrar(0));
    let registry_key = desk.key_file("registry.key", &registry());
    let mut people = Vec::new();
    for who in ["elder", "volunteer"] {
        let identity = format!("{NAME} {NAME_ZH} {PHONE} {NUMBER} {who}");
        let file = desk.write(&format!("{who}.txt"), &identity);
        let committed = desk.json(&[
            "identity",
            "commit",
            "--vault",
            vault,
            "--identity-file",
            &file,
        ]);
        let commitment = committed["identity"].as_str().unwrap().to_owned();
        let holder = Person::bare(who);
        let holder_key = desk.key_file(&format!("{who}.key"), &holder);
        let street = street_of(0).0;
        let opened = desk.json(&[
            "account",
            "open",
            "--home",
            &street.to_string(),
            "--identity",
            &commitment,
            "--holder-key",
            &holder.key.public_key().to_string(),
            "--as",
            &format!("{street}/{}", street_staff::REGISTRAR),
            "--sign-as",
            &format!("{street}/{}={registrar_key}", street_staff::REGISTRAR),
            "--sign-as",
            &format!("{}/{}={registry_key}", CITY.0, city_staff::REGISTRY),
            "--sign-as",
            &format!("key:{}={holder_key}", holder.key.public_key()),
        ]);
        let client = trial.network.client(0);
        let account = client
            .identity(commitment.parse().unwrap())
            .unwrap()
            .account;
        people.push(Resident {
            transaction: opened["id"].as_str().unwrap().to_owned(),
            account: account.to_string(),
            key_file: holder_key,
        });
    }
    people
}

/// A service from paper, whose number and roster name the people; the file of records.
fn import_from_paper(desk: &Desk, trial: &mut Trial, people: &[Resident]) -> String {
    let treasurers = city_staff::TREASURERS.map(|number| Person::staff(staff_id(CITY, number)));
    let now_ms = trial.driver.refresh_time(0).unwrap();
    let yesterday = Day(Calendar::CHINA.day(now_ms).0 - 1);
    let open = OpenBudget {
        scope: CITY,
        purpose: BudgetPurpose::Service,
        minutes: Minutes(600),
        last_day: Day(yesterday.0 + 100),
    };
    let [first, second] = &treasurers;
    let line = budget_of(
        trial
            .driver
            .apply(0, open.into(), &[first, second])
            .unwrap(),
    );
    let keys = desk.folder.join("keys");
    fs::create_dir(&keys).unwrap();
    for person in people {
        let copy = keys.join(format!("{}.key", person.account));
        fs::copy(&person.key_file, copy).unwrap();
    }
    let roster = desk.write(
        "roster.csv",
        &format!(
            "number,account\n{NAME}-1,{}\n{PHONE}-2,{}\n",
            people[0].account, people[1].account
        ),
    );
    let records = desk.write(
        "records.csv",
        &format!(
            "record_no,date,start,end,minutes,service,district,recipient,provider,social_worker,payer\n\
             {NUMBER}-{NAME_ZH},{yesterday},09:30,10:30,60,S01,320102,{NAME}-1,{PHONE}-2,{}/3,budget\n",
            street_of(0).0
        ),
    );
    let imported = desk.run(&[
        "import",
        "services",
        &records,
        "--roster",
        &roster,
        "--keys",
        &keys.display().to_string(),
        "--budget",
        &line.to_string(),
        "--journal",
        &desk.path("import.journal"),
    ]);
    assert_eq!(imported.0, exit::OK, "{}", imported.1);
    records
}

/// What ought not to be typed is typed: into the program, the address line, and fields that do not exist.
fn mistype(desk: &Desk, trial: &Trial, vault: &str, records: &str) {
    for wrong in [
        vec!["account", "show", NAME],
        vec![
            "identity",
            "find",
            "--vault",
            vault,
            "--identity-file",
            records,
        ],
        vec!["order", "show", PHONE],
    ] {
        desk.run(&wrong);
    }
    for index in 0..OFFICES {
        let transport = HttpTransport::new([trial.network.url(index)]);
        let quoted = format!("/v1/accounts/{}", NAME.replace(' ', "%20"));
        for path in [
            quoted,
            format!("/v1/orders?after={PHONE}"),
            format!("/v1/{NUMBER}"),
        ] {
            let _ = transport.request(&Request::get(path));
        }
        let body =
            format!("{{\"name\":\"{NAME_ZH}\",\"phone\":\"{PHONE}\",\"number\":\"{NUMBER}\"}}");
        trial.post(index, "/v1/transactions", Content::Json, body.as_bytes());
        trial.post(index, "/v1/transactions", Content::Borsh, NUMBER.as_bytes());
    }
}

/// Nothing of it is in any answer.
fn look_at_answers(trial: &mut Trial, people: &[Resident], forms: &[Vec<u8>]) {
    let mut things: Vec<String> = Vec::new();
    for person in people {
        let account = &person.account;
        things.push(format!("/v1/accounts/{account}?proof=true"));
        things.push(format!("/v1/accounts/{account}/history"));
        things.push(format!("/v1/accounts/{account}/orders"));
        things.push(format!("/v1/transactions/{}", person.transaction));
    }
    let mut seen = Vec::new();
    let height = trial.agree().0.0;
    things.extend((1..=height).map(|height| format!("/v1/blocks/{height}")));
    for index in 0..OFFICES {
        seen.extend(answers(&trial.network.url(index), &things));
    }
    let found = seen.iter().filter(|(_, body)| !body.is_empty()).count();
    assert!(
        found > OFFICES * things.len() / 2,
        "{found} answers were looked at"
    );
    for (path, body) in &seen {
        assert_clean(path, body, forms);
    }
}

/// Nothing of it is in any file or log of a node that has stopped, and so in no copy of them; how many bytes there were.
fn look_at_files(trial: &mut Trial, forms: &[Vec<u8>]) -> usize {
    let mut looked_at = 0;
    for index in 0..OFFICES {
        trial.network.stop(index).unwrap();
        let home = trial.network.home(index).to_owned();
        let log = fs::read(trial.network.log_path(index)).unwrap();
        assert_clean("a log", &log, forms);
        for file in files(&home) {
            let bytes = fs::read(&file).unwrap();
            assert_clean(&file.display().to_string(), &bytes, forms);
            looked_at += bytes.len();
        }
    }
    looked_at
}

#[test]
fn personal_data_given_to_the_offices_tools_is_on_no_node() {
    let mut trial = Trial::prepare("canary");
    trial.start();
    let forms = forms();
    let office = tempfile::tempdir().unwrap();
    let mut desk = Desk {
        folder: office.path().to_owned(),
        node: trial.network.url(0),
        genesis: String::new(),
    };
    let genesis = serde_json::to_string(trial.network.genesis()).unwrap();
    desk.genesis = desk.write("genesis.json", &genesis);
    let vault = desk.path("registry.csv");

    let people = open_accounts(&desk, &trial, &vault);
    let records = import_from_paper(&desk, &mut trial, &people);
    mistype(&desk, &trial, &vault, &records);
    look_at_answers(&mut trial, &people, &forms);
    let looked_at = look_at_files(&mut trial, &forms);
    assert!(looked_at > 100_000, "{looked_at} bytes were looked at");
    // The search would have found it: the office's own files hold it.
    let own = fs::read(&vault).unwrap();
    assert!(std::panic::catch_unwind(|| assert_clean("the vault", &own, &forms)).is_err());
}
