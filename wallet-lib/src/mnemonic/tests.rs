//! Mnemonics: the published vectors, and what becomes of words as people write them.

use std::collections::BTreeMap;

use super::*;
use crate::outside_vectors::outside_vectors;

/// Entropy, words, and the seed under the passphrase `TREZOR`: some of the vectors of trezor/python-mnemonic.
const FACTS: [[&str; 3]; 4] = [
    [
        "00000000000000000000000000000000",
        "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
        "c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141\
         630c7a3c4ab7c81b2f001698e7463b04",
    ],
    [
        "7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f",
        "legal winner thank year wave sausage worth useful legal winner thank yellow",
        "2e8905819b8723fe2c1d161860e5ee1830318dbf49a83bd451cfb8440c28bd6fa457fe1296106559a3c80937a1c1069b\
         e3a3a5bd381ee6260e8d9739fce1f607",
    ],
    [
        "7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f",
        "枪 疫 霉 尝 俩 闹 饿 贤 枪 疫 霉 卿",
        "816a69d6866891b246b4d33f54d6d2be624470141754396205d039bdd8003949fec4340253dde4c8e11437a181ad992f\
         56d5b976eb9fbe48f4c5e5fec60a27e1",
    ],
    [
        "80808080808080808080808080808080",
        "壤 对 据 人 三 谈 我 表 壤 对 据 不",
        "07b6eada2601141ef9748bdf5af296a134f0f9215a946813b84338dcfba93c8247b0c3429a91e0a1b85a93bd9f1275a9\
         524acecadc9b516c3cf4c8990f44052c",
    ],
];

fn check(language: Language, entropy: &str, words: &str, seed: &str) {
    let entropy = hex::decode(entropy).unwrap();
    let made = Mnemonic::from_entropy(language, &entropy).unwrap();
    assert_eq!(*made.phrase(), words);
    let read = Mnemonic::parse(words).unwrap();
    assert_eq!(read, made, "{words}");
    assert_eq!(read.language(), language);
    assert_eq!(*read.entropy(), entropy);
    assert_eq!(hex::encode(read.seed("TREZOR").as_bytes()), seed, "{words}");
}

#[test]
fn the_published_vectors_come_out() {
    for [entropy, words, seed] in FACTS {
        let language = if words.is_ascii() {
            Language::English
        } else {
            Language::Chinese
        };
        check(language, entropy, words, seed);
    }
    let Some(all) = outside_vectors::<BTreeMap<String, Vec<Vec<String>>>>("bip39/vectors.json")
    else {
        return;
    };
    for (name, language) in [
        ("english", Language::English),
        ("chinese_simplified", Language::Chinese),
    ] {
        assert_eq!(all[name].len(), 24, "{name}");
        for vector in &all[name] {
            check(language, &vector[0], &vector[1], &vector[2]);
        }
    }
}

#[test]
fn words_are_read_as_people_write_them() {
    let chinese = Mnemonic::parse(FACTS[2][1]).unwrap();
    for text in [
        "枪疫霉尝俩闹饿贤枪疫霉卿",
        "枪\u{3000}疫\u{3000}霉 尝 俩 闹\n饿 贤 枪\u{3000}疫，霉、卿。",
        "1枪 2疫 3霉 4尝 5俩 6闹 7饿 8贤 9枪 10疫 11霉 12卿",
        "１．枪疫霉尝 ２．俩闹饿贤 ３．枪疫霉卿",
        &chinese.sheet(),
    ] {
        assert_eq!(Mnemonic::parse(text), Ok(chinese.clone()), "{text}");
    }
    let english = Mnemonic::parse(FACTS[1][1]).unwrap();
    for text in [
        "  Legal WINNER thank\tyear\nwave sausage worth useful, legal winner thank yellow.",
        "ｌｅｇａｌ　ｗｉｎｎｅｒ　thank year wave sausage worth useful legal winner thank yellow",
        &english.sheet(),
    ] {
        assert_eq!(Mnemonic::parse(text), Ok(english.clone()), "{text}");
    }
}

#[test]
fn every_length_of_both_languages_survives_the_sheet() {
    for language in Language::ALL {
        for count in WordCount::ALL {
            let mnemonic = Mnemonic::generate(language, count).unwrap();
            assert_eq!(mnemonic.count(), count);
            assert_eq!(mnemonic.words().count(), count.words());
            assert_eq!(mnemonic.entropy().len(), count.entropy_bytes());
            let sheet = mnemonic.sheet();
            assert_eq!(sheet.lines().count(), count.words() / 3, "{}", *sheet);
            assert_eq!(Mnemonic::parse(&sheet), Ok(mnemonic.clone()));
            assert_eq!(Mnemonic::parse(&mnemonic.phrase()), Ok(mnemonic));
        }
    }
}

#[test]
fn the_sheet_numbers_the_words() {
    let english = Mnemonic::parse(FACTS[1][1]).unwrap();
    assert_eq!(
        english.sheet().lines().next().unwrap(),
        " 1. legal      2. winner     3. thank"
    );
    let chinese = Mnemonic::parse(FACTS[2][1]).unwrap();
    assert_eq!(
        chinese.sheet().lines().last().unwrap(),
        "10. 疫    11. 霉    12. 卿"
    );
}

#[test]
fn a_word_that_is_none_is_named_with_its_place_and_its_neighbours() {
    let cases = [
        (
            FACTS[1][1].replace("sausage", "sausaeg"),
            6,
            "sausaeg",
            "sausage",
        ),
        (
            FACTS[1][1].replacen("winner", "winer", 1),
            2,
            "winer",
            "winner",
        ),
        (
            FACTS[1][1].replace("yellow", "yello"),
            12,
            "yello",
            "yellow",
        ),
        (FACTS[1][1].replace("year", "years"), 4, "years", "year"),
        (FACTS[2][1].replace('闹', "鬧"), 6, "鬧", "闹"),
        (FACTS[2][1].replace('饿', "hungry"), 7, "hungry", ""),
        (FACTS[1][1].replace("year", "年"), 4, "年", ""),
    ];
    for (text, place, typed, near) in cases {
        let Err(Error::Keystore(KeystoreError::MnemonicWord {
            position,
            word,
            suggestions,
        })) = Mnemonic::parse(&text)
        else {
            panic!("{text} is read");
        };
        assert_eq!((position, word.as_str()), (place, typed), "{text}");
        assert!(suggestions.contains(near), "{typed}: {suggestions}");
        assert_eq!(suggestions.split(' ').count(), SUGGESTIONS_MAX);
    }
}

#[test]
fn words_that_look_alike_are_suggested() {
    let nearest = |language, word| suggestions(language, word)[0];
    assert_eq!(nearest(Language::English, "abandan"), "abandon");
    assert_eq!(nearest(Language::English, "acheive"), "achieve");
    assert_eq!(nearest(Language::English, "zooo"), "zoo");
    assert_eq!(
        nearest(Language::Chinese, "鬧"),
        "闹",
        "a traditional character"
    );
    assert_eq!(
        nearest(Language::Chinese, "們"),
        "们",
        "a traditional character"
    );
    // Of the radical of stone.
    let stone = ["破", "础", "硅", "砖", "研"];
    assert_eq!(suggestions(Language::Chinese, "砷"), stone);
    assert_eq!(words_beginning(Language::English, "aban"), ["abandon"]);
    assert_eq!(words_beginning(Language::English, "Zo"), ["zone", "zoo"]);
}

#[test]
fn known_words_that_do_not_belong_together_are_told_apart() {
    for text in [
        FACTS[0][1].replace("about", "abandon"),
        FACTS[2][1].replace('卿', "的"),
    ] {
        assert_eq!(
            Mnemonic::parse(&text),
            Err(KeystoreError::MnemonicChecksum {}.into()),
            "{text}"
        );
    }
    // Of all last words, those with the right four bits pass: 2048 / 16.
    let (head, _) = FACTS[0][1].rsplit_once(' ').unwrap();
    let list = bip39::Language::English.word_list();
    let pass = list
        .iter()
        .filter(|last| Mnemonic::parse(&format!("{head} {last}")).is_ok());
    assert_eq!(pass.count(), 128);
}

#[test]
fn too_few_and_too_many_words_are_counted() {
    for (text, count) in [
        ("", 0),
        ("，。 12", 0),
        ("abandon", 1),
        ("枪疫霉尝俩闹饿贤枪疫霉", 11),
        (&"枪".repeat(13), 13),
        (&"zoo ".repeat(25), 25),
    ] {
        assert_eq!(
            Mnemonic::parse(text),
            Err(KeystoreError::MnemonicLength { count }.into()),
            "{text}"
        );
    }
    let long = "枪".repeat(MNEMONIC_BYTES_MAX);
    assert_eq!(Mnemonic::parse(&long).unwrap_err().code(), "mnemonic_long");
    for length in [0, 15, 17, 33] {
        assert!(Mnemonic::from_entropy(Language::Chinese, &vec![1; length]).is_err());
    }
}

#[test]
fn a_passphrase_gives_other_keys_however_it_is_typed() {
    let mnemonic = Mnemonic::parse(FACTS[2][1]).unwrap();
    assert_ne!(mnemonic.seed(""), mnemonic.seed("南京"));
    assert_eq!(
        mnemonic.seed("nanjing1937"),
        mnemonic.seed("ｎａｎｊｉｎｇ１９３７")
    );
    assert_ne!(mnemonic.seed("nanjing"), mnemonic.seed("Nanjing"));
}

#[test]
fn new_words_are_new_and_not_shown() {
    let make = || Mnemonic::generate(Language::Chinese, WordCount::default()).unwrap();
    assert_ne!(make(), make());
    assert_eq!(format!("{:?}", make()), "Mnemonic(…)");
}
