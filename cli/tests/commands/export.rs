//! An export at the command line: signed, verified, compared, and one flipped posting located.

use serde_json::json;
use timebank::exit;

use crate::desk::Desk;

#[test]
fn an_export_is_made_verified_and_one_flipped_posting_in_it_located() {
    let desk = Desk::new();
    desk.json("kin link @mother parent %chen %mother %registrar");
    let unsaid = desk.run("audit export --to ~export --key ~nothing.key");
    assert_ne!(unsaid.code, exit::OK, "{unsaid:?}");
    let by_no_auditor = desk.run("audit export --to ~export %registrar");
    assert_eq!(by_no_auditor.code, exit::USAGE, "{by_no_auditor:?}");
    assert!(!desk.path("export").exists());
    let made = desk.json("audit export --to ~export %auditor");
    assert_eq!(made["rows"]["transactions"], json!(1), "{made}");
    desk.json("verify ~export/manifest.json");
    let again = desk.run("audit export --to ~export %auditor");
    assert_eq!(again.code, exit::USAGE, "{again:?}");
    let same = desk.json("audit diff ~export");
    assert_eq!(same["count"], json!(0), "{same}");
    let path = desk.path("export/postings.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("kin_linked", "kin_unlinked", 1)).unwrap();
    let differs = desk.run("audit diff ~export -o json");
    assert_eq!(differs.code, exit::VERIFICATION, "{differs:?}");
    let shown: serde_json::Value = serde_json::from_str(&differs.out).unwrap();
    let first = &shown["differences"][0];
    assert_eq!(
        (&first["file"], &first["line"], &first["field"]),
        (&json!("postings.csv"), &json!(2), &json!("entry")),
        "{shown}"
    );
    let replayed = desk.run("audit replay --from-export ~export --book ~again");
    assert_eq!(replayed.code, exit::OK, "{replayed:?}");
    for (language, word) in [("en", "altered"), ("zh", "被改")] {
        let desk = Desk {
            language,
            ..desk_like(&desk)
        };
        let printed = desk.run("audit diff ~export");
        assert!(printed.out.contains(word), "{printed:?}");
    }
}

/// The same desk, to be read in another language.
fn desk_like(desk: &Desk) -> Desk {
    let other = Desk::new();
    let copy = |from: &std::path::Path, to: &std::path::Path| {
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
            }
        }
    };
    std::fs::create_dir_all(other.path("export/archive")).unwrap();
    copy(&desk.path("export"), &other.path("export"));
    copy(&desk.path("export/archive"), &other.path("export/archive"));
    Desk {
        city: desk.city.clone(),
        ..other
    }
}
