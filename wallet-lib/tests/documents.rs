//! Who has to sign, as a document says it, against the real rules: whoever signs a transaction that the ledger takes is
//! somebody the document asks for, and without a signature it is certain to need the ledger refuses.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail loudly, like the tests"
)]

use ledger_core::amount::Minutes;
use ledger_core::hash::Hash;
use ledger_core::id::{
    AccountId, BudgetId, ChainId, ItemCode, OrderId, ProgrammeCode, ServiceCode,
};
use ledger_core::message::Language;
use ledger_core::record::account::Item;
use ledger_core::record::budget::BudgetPurpose;
use ledger_core::record::kin::Relation;
use ledger_core::record::order::{Payer, Side};
use ledger_core::record::proxy::{ProxyHolder, ProxyScope};
use ledger_core::signature::SecretKey;
use ledger_core::time::{Calendar, HOUR_MS, MINUTE_MS, TimestampMs};
use ledger_core::transaction::account::{
    AppointProxy, Freeze, LinkKin, MoveHome, OpenAccount, OpenGroup, RevokeProxy, RotateKey,
    SetKinAllowance, SetMembers, SetProgrammes, Unfreeze, UnlinkKin,
};
use ledger_core::transaction::government::OpenBudget;
use ledger_core::transaction::service::{
    AcceptOrder, CancelOrder, CompleteOrder, OrderTerms, PostOrder, RateOrder, RecordService,
    StartOrder, Verdict, VerifyOrder,
};
use ledger_core::transaction::value::{
    Gift, Grant, Grantees, Redeem, RegisterMerchant, SetItems, SettleMerchant,
};
use ledger_core::transaction::{Operation, Signer, TRANSACTION_VERSION, Transaction};
use timebank_wallet::client::Patience;
use timebank_wallet::document::Standing;
use timebank_wallet::explain;
use timebank_wallet::qr::{self, Collector, Kind, Progress};
use timebank_wallet::trial::{
    CITY, DISTRICT, OTHER_STREET, STREET, TrialCity, account, genesis, key, staff,
};
use timebank_wallet::verify::Trust;
use timebank_wallet::{Client, Document, Error, TransactionBuilder};

const WAIT: Patience = Patience::Final { timeout_ms: 1_000 };

struct Desk {
    city: TrialCity,
    client: Client<TrialCity>,
}

type By = (Signer, SecretKey);

fn person(name: &str) -> By {
    (Signer::Account(account(name)), key(name))
}

fn official(name: &str) -> By {
    (Signer::Staff(staff(name)), key(name))
}

fn bare(name: &str) -> By {
    (Signer::Key(key(name).public_key()), key(name))
}

impl Desk {
    fn new() -> Desk {
        let city = TrialCity::new();
        let client = Client::new(city.clone(), Trust::genesis(&genesis()));
        Desk { city, client }
    }

    fn intent(&self, operation: Operation, asker: Signer) -> Document {
        let builder = TransactionBuilder::new(genesis().chain_id(), asker, self.city.time_ms());
        Document::new(builder.build(operation).unwrap())
    }

    /// Has the transaction signed by everyone, from phone to phone by QR codes, and submits it; before, tries it without
    /// each of them whom it certainly needs. What the transaction's id begins is given back.
    fn submit(&self, operation: impl Into<Operation>, signers: &[By]) -> Hash {
        let operation = operation.into();
        let asker = signers[0].0;
        let intent = self.intent(operation.clone(), asker);
        self.check_needs(&intent, signers);
        let what = explain::kind(&operation);
        for need in intent.required() {
            if !need.is_exact() || !need.is_certain() {
                continue;
            }
            for without in need.signers().iter().filter(|signer| **signer != asker) {
                let rest: Vec<By> = signers
                    .iter()
                    .filter(|(signer, _)| signer != without)
                    .cloned()
                    .collect();
                let lacking = signed(&intent, &rest);
                let standing = lacking.standing();
                let missing = standing
                    .iter()
                    .any(|it| *it == (need.clone(), Standing::Missing));
                assert!(missing, "{what} without {without}: {standing:?}");
                let refused = self.send(lacking).unwrap_err();
                let Error::Refused { refusal } = &refused else {
                    panic!("{what} without {without}: {refused}");
                };
                assert_eq!(
                    refusal.code, "signature_missing",
                    "{what} without {without}"
                );
            }
        }
        let document = signed(&intent, signers);
        for (need, standing) in document.standing() {
            assert_ne!(standing, Standing::Missing, "{what}: {need:?}");
        }
        let id = document.transaction().id();
        self.send(document)
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        id.0
    }

    fn check_needs(&self, intent: &Document, signers: &[By]) {
        let needs = intent.required();
        for (signer, _) in signers {
            let asked_for = needs.iter().any(|need| need.may_be(*signer));
            assert!(
                asked_for,
                "{signer} signs, and nobody asks for it: {needs:?}"
            );
        }
        for need in &needs {
            let present = signers.iter().any(|(signer, _)| need.may_be(*signer));
            assert!(present || !need.is_certain(), "nobody is {need:?}");
        }
    }

    fn send(&self, document: Document) -> Result<(), Error> {
        let envelope = document.into_envelope()?;
        self.client.submit(&envelope, WAIT).map(|_| ())
    }
}

/// `intent` signed by everyone, each of whom scans it from the one before.
fn signed(intent: &Document, signers: &[By]) -> Document {
    let mut document = intent.clone();
    for (signer, key) in signers {
        let mut collector = Collector::new();
        let parts = qr::parts(Kind::Document, &document.to_bytes()).unwrap();
        let last = parts.iter().map(|part| collector.add(part).unwrap()).last();
        let Some(Progress::Complete(scanned)) = last else {
            panic!("all parts are there")
        };
        let bytes = scanned.into_bytes_of(Kind::Document).unwrap();
        document = Document::from_bytes(&bytes).unwrap();
        document.sign(*signer, key).unwrap();
    }
    document
}

fn kin(one: &str, other: &str) -> LinkKin {
    LinkKin {
        account: account(one),
        kin: account(other),
        relation: Relation::Parent,
    }
}

/// Gives Chen and mother 600 minutes each.
fn endow(desk: &Desk) -> BudgetId {
    let treasurers = [official("treasurer1"), official("treasurer2")];
    let last_day = Calendar::CHINA.day(desk.city.time_ms()).plus_days(300);
    let opened = desk.submit(
        OpenBudget {
            scope: CITY,
            purpose: BudgetPurpose::Grant,
            minutes: Minutes(10_000),
            last_day,
        },
        &treasurers,
    );
    let budget = BudgetId::from_seed(&opened);
    let mut accounts = vec![account("chen"), account("mother")];
    accounts.sort_unstable();
    for name in ["chen", "mother"] {
        let set = SetProgrammes {
            account: account(name),
            programmes: vec![ProgrammeCode(7)],
        };
        desk.submit(set, &[official("registrar"), official("social")]);
    }
    let grantees = Grantees {
        programme: ProgrammeCode(7),
        accounts,
        minutes: Minutes(600),
        expiry: None,
    };
    desk.submit(Grant { budget, grantees }, &treasurers);
    budget
}

#[test]
fn a_service_is_ordered_done_verified_and_rated_by_those_the_documents_ask_for() {
    let desk = Desk::new();
    endow(&desk);
    let terms = |payer| OrderTerms {
        recipient: account("mother"),
        service: ServiceCode(1),
        district: DISTRICT,
        window_start_ms: desk.city.time_ms(),
        window_end_ms: desk.city.time_ms().plus_ms(8 * HOUR_MS),
        minutes: Minutes(60),
        payer,
    };
    desk.submit(
        kin("chen", "mother"),
        &[person("chen"), person("mother"), official("registrar")],
    );
    let post = |payer, signers: &[By]| {
        let terms = terms(payer);
        OrderId::from_seed(&desk.submit(PostOrder { terms }, signers))
    };
    let paid_by_chen = post(
        Payer::Kin(account("chen")),
        &[person("mother"), person("chen")],
    );
    desk.submit(
        CancelOrder {
            order: paid_by_chen,
        },
        &[person("mother")],
    );
    let order = post(Payer::Recipient, &[person("mother")]);
    let provider = account("li");
    let accept = AcceptOrder {
        order,
        provider,
        member: None,
    };
    desk.submit(accept, &[person("li")]);
    desk.submit(StartOrder { order }, &[person("li"), person("mother")]);
    let start_ms = desk.city.time_ms();
    let to_ms = start_ms.plus_ms(61 * MINUTE_MS);
    let advance = ledger_core::transaction::government::AdvanceTime { to_ms };
    desk.submit(advance, &[official("admin")]);
    desk.city.pass_a_block();
    let complete = CompleteOrder {
        order,
        start_ms,
        end_ms: start_ms.plus_ms(60 * MINUTE_MS),
        evidence: Hash([5; 32]),
    };
    desk.submit(complete, &[person("mother"), person("li")]);
    let verify = VerifyOrder {
        order,
        verdict: Verdict::Approved(Minutes(60)),
    };
    desk.submit(verify, &[official("social")]);
    let rate = RateOrder {
        order,
        rated: Side::Provider,
        stars: 5,
    };
    desk.submit(rate, &[person("mother")]);
    let record = RecordService {
        recipient: account("mother"),
        provider,
        member: None,
        service: ServiceCode(1),
        district: DISTRICT,
        start_ms: start_ms.minus_ms(3 * HOUR_MS),
        end_ms: start_ms.minus_ms(2 * HOUR_MS),
        minutes: Minutes(60),
        payer: Payer::Recipient,
        evidence: Hash([6; 32]),
    };
    desk.submit(record, &[person("li"), person("mother")]);
}

#[test]
fn minutes_are_given_and_redeemed_by_those_the_documents_ask_for() {
    let desk = Desk::new();
    endow(&desk);
    desk.submit(
        kin("chen", "mother"),
        &[person("chen"), person("mother"), official("registrar")],
    );
    let gift = Gift {
        from: account("chen"),
        to: account("mother"),
        minutes: Minutes(90),
    };
    desk.submit(gift, &[person("chen")]);
    let allowance = SetKinAllowance {
        payer: account("chen"),
        kin: account("mother"),
        minutes_per_month: Minutes(60),
        last_day: Calendar::CHINA.day(desk.city.time_ms()).plus_days(9),
    };
    desk.submit(allowance, &[person("chen")]);
    let treasurers = [official("treasurer1"), official("treasurer2")];
    let shop = key("shop");
    let register = RegisterMerchant {
        home: STREET,
        key: shop.public_key(),
    };
    let opened = desk.submit(
        register,
        &[treasurers[0].clone(), treasurers[1].clone(), bare("shop")],
    );
    let merchant = AccountId::from_seed(&opened);
    let keeper = (Signer::Account(merchant), shop);
    let items = vec![Item {
        code: ItemCode(3),
        minutes: Minutes(120),
    }];
    desk.submit(
        SetItems { merchant, items },
        &[keeper.clone(), treasurers[0].clone()],
    );
    let redeem = Redeem {
        holder: account("mother"),
        merchant,
        item: ItemCode(3),
        minutes: Minutes(120),
    };
    desk.submit(redeem, &[person("mother"), keeper.clone()]);
    let settle = SettleMerchant {
        merchant,
        minutes: Minutes(120),
    };
    desk.submit(
        settle,
        &[keeper, treasurers[0].clone(), treasurers[1].clone()],
    );
    let unlink = UnlinkKin {
        account: account("chen"),
        kin: account("mother"),
    };
    desk.submit(unlink, &[person("mother")]);
}

#[test]
fn accounts_are_kept_by_those_the_documents_ask_for() {
    let desk = Desk::new();
    let open = |key, identity| OpenAccount {
        home: STREET,
        key,
        identity: Hash([identity; 32]),
        legal_guardian: None,
    };
    let (registrar, registry) = (official("registrar"), official("registry"));
    desk.submit(
        open(Some(key("wang").public_key()), 1),
        &[registrar.clone(), registry.clone(), bare("wang")],
    );
    let social = official("social");
    let opened = desk.submit(
        open(None, 2),
        &[registrar.clone(), registry.clone(), social.clone()],
    );
    let keyless = AccountId::from_seed(&opened);
    let proxy = ProxyHolder::Clerk(staff("clerk"));
    let appoint = |principal| AppointProxy {
        principal,
        proxy,
        scope: ProxyScope::Orders,
        minutes_per_month: Minutes(60),
        last_day: Calendar::CHINA.day(desk.city.time_ms()).plus_days(9),
    };
    desk.submit(appoint(keyless), &[registrar.clone(), social.clone()]);
    desk.submit(appoint(account("chen")), &[person("chen")]);
    let revoke = RevokeProxy {
        principal: account("chen"),
        proxy,
    };
    desk.submit(revoke, &[official("clerk")]);
    let mut minor = open(Some(key("xiao").public_key()), 3);
    minor.legal_guardian = Some(account("mother"));
    desk.submit(
        minor,
        &[registrar.clone(), registry, bare("xiao"), person("mother")],
    );
    let rotate = RotateKey {
        account: account("li"),
        new_key: key("li's new phone").public_key(),
    };
    desk.submit(rotate, &[person("li"), bare("li's new phone")]);
    let opened = desk.submit(
        OpenGroup {
            home: STREET,
            key: key("team").public_key(),
        },
        &[registrar.clone(), social.clone(), bare("team")],
    );
    let group = AccountId::from_seed(&opened);
    let members = SetMembers {
        group,
        add: vec![account("chen")],
        remove: Vec::new(),
    };
    desk.submit(
        members,
        &[(Signer::Account(group), key("team")), registrar.clone()],
    );
    let arbiter = official("arbiter");
    let account = account("chen");
    desk.submit(Freeze { account }, &[registrar.clone(), arbiter.clone()]);
    desk.submit(Unfreeze { account }, &[registrar, arbiter]);
    let move_home = MoveHome {
        account,
        new_home: OTHER_STREET,
    };
    desk.submit(move_home, &[person("chen"), official("other_registrar")]);
}

/// The example of `docs/documents.md`: a gift, signed.
fn example() -> Document {
    let chen = AccountId([0xaa; 20]);
    let mut document = Document::new(Transaction {
        chain_id: ChainId(Hash([0x11; 32])),
        version: TRANSACTION_VERSION,
        signer: Signer::Account(chen),
        valid_until_ms: TimestampMs(1_795_413_900_000),
        nonce: [0x22; 16],
        operation: Gift {
            from: chen,
            to: AccountId([0xbb; 20]),
            minutes: Minutes(90),
        }
        .into(),
    });
    let key = SecretKey::from_seed(&[0x33; 32]);
    document.sign(Signer::Account(chen), &key).unwrap();
    document
}

#[test]
fn the_examples_of_the_page_on_documents_are_what_the_code_makes() {
    let page = include_str!("../../docs/documents.md");
    let document = example();
    let shown = |what: &str| assert!(page.contains(what), "docs/documents.md lacks:\n{what}");
    shown(&document.to_json());
    shown(&wrapped(&hex::encode(document.to_bytes())));
    let parts = qr::parts(Kind::Document, &document.to_bytes()).unwrap();
    assert_eq!(parts.len(), 1);
    shown(&wrapped(&parts[0]));
    for part in qr::parts_within(Kind::Document, b"Hello!!", 4).unwrap() {
        shown(&part);
    }
    for language in Language::ALL {
        shown(&explain::explain(document.transaction(), language).to_text());
    }
    for kind in Kind::ALL {
        shown(&format!("| `{}` |", kind.code()));
    }
}

/// As the page breaks long lines.
fn wrapped(text: &str) -> String {
    let lines = text.as_bytes().chunks(96);
    let lines: Vec<&str> = lines.map(|line| str::from_utf8(line).unwrap()).collect();
    lines.join("\n")
}
