//! What the offices of the trial city do, so that an example can show what a wallet does: open accounts and budget lines,
//! verify services, link kin, and let days go by.

use std::sync::Arc;

use ledger_core::amount::Minutes;
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, BudgetId, OrderId, ServiceCode, TransactionId};
use ledger_core::message::Language;
use ledger_core::record::account::Item;
use ledger_core::record::budget::BudgetPurpose;
use ledger_core::record::kin::Relation;
use ledger_core::record::order::Payer;
use ledger_core::time::{DAY_MS, Day, MINUTE_MS, TimestampMs};
use ledger_core::transaction::account::LinkKin;
use ledger_core::transaction::government::{AdvanceTime, OpenBudget};
use ledger_core::transaction::service::{Verdict, VerifyOrder};
use ledger_core::transaction::value::{RegisterMerchant, SetItems};
use ledger_core::transaction::{Operation, Signer};

use super::{CITY, DISTRICT, STREET, TrialCity, account, genesis, key, staff};
use crate::answer::Submission;
use crate::builder::TransactionBuilder;
use crate::client::{Client, Patience};
use crate::commitment::{self, Salt};
use crate::document::Document;
use crate::keystore::Cost;
use crate::mnemonic::{Mnemonic, WordCount};
use crate::storage::MemoryStorage;
use crate::wallet::{Ground, NewWallet, Service, Wallet};

/// As whom a founder signs.
fn office(name: &str) -> Signer {
    Signer::Staff(staff(name))
}

/// A last day far enough away for any example.
fn far_away(city: &TrialCity) -> Day {
    genesis().calendar.day(city.time_ms().plus_ms(200 * DAY_MS))
}

impl TrialCity {
    /// A wallet with an account, called `我` in it, in the name of `name`: its words and its account.
    pub fn wallet(&self, name: &str) -> (Wallet, Mnemonic, AccountId) {
        let clock = self.clone();
        let ground = Ground::new(genesis(), Arc::new(MemoryStorage::default()))
            .node(self.clone())
            .clock(move || clock.time_ms());
        let new = NewWallet::new("correct horse", "我").cost(Cost::LEAST);
        let (wallet, words) =
            Wallet::create(ground, Language::Chinese, WordCount::Twelve, &new).unwrap();
        let identity = commitment::identity(&Salt([7; 32]), name.as_bytes());
        let document = wallet
            .open_account("我", staff("registrar"), STREET, identity, None)
            .unwrap();
        self.open_account(&document);
        let account = wallet.attach_opened("我", &document).unwrap();
        (wallet, words, account)
    }

    /// The account `我` of `wallet` serves `mother`, who signs; it is verified, and paid by a budget line.
    pub fn earn(&self, wallet: &Wallet, minutes: u64) -> OrderId {
        let end_ms = self.time_ms();
        let service = Service {
            recipient: account("mother"),
            service: ServiceCode(1),
            district: DISTRICT,
            start_ms: TimestampMs(end_ms.0 - minutes * MINUTE_MS),
            end_ms,
            minutes: Minutes(minutes),
            payer: Payer::Budget(self.open_budget(minutes)),
            evidence: Hash::ZERO,
        };
        let mut document = wallet.record_service("我", service).unwrap();
        self.co_sign(&mut document, "mother");
        let order = OrderId::derive(wallet.submit(&document).unwrap().id);
        self.verify(order, minutes);
        self.pass_days(4);
        order
    }

    /// A merchant opened with [`TrialCity::open_shop`] signs.
    pub fn sign_as_shop(&self, document: &mut Document, shop: AccountId, name: &str) {
        document.sign(Signer::Account(shop), &key(name)).unwrap();
    }

    /// Hands in what `operation` asks for, signed by the first signer and then the others, each with the key of that name.
    pub fn perform(
        &self,
        operation: impl Into<Operation>,
        signers: &[(Signer, &str)],
    ) -> TransactionId {
        let (asks, _) = signers[0];
        let builder = TransactionBuilder::new(genesis().chain_id(), asks, self.time_ms());
        let mut document = Document::new(builder.build(operation).unwrap());
        for (signer, name) in signers {
            document.sign(*signer, &key(name)).unwrap();
        }
        self.hand_in(document).id
    }

    /// Hands in a document that everybody has signed.
    pub fn hand_in(&self, document: Document) -> Submission {
        let envelope = document.into_envelope().unwrap();
        let wait = Patience::Final { timeout_ms: 0 };
        Client::without_trust(self.clone())
            .submit(&envelope, wait)
            .unwrap()
    }

    /// The registrar and the identity registry sign the document that opens an account, and hand it in.
    pub fn open_account(&self, document: &Document) {
        let mut document = document.clone();
        for name in ["registrar", "registry"] {
            document.sign(office(name), &key(name)).unwrap();
        }
        self.hand_in(document);
    }

    /// Two treasurers open a budget line of the city that pays for services.
    pub fn open_budget(&self, minutes: u64) -> BudgetId {
        let operation = OpenBudget {
            scope: CITY,
            purpose: BudgetPurpose::Service,
            minutes: Minutes(minutes),
            last_day: far_away(self),
        };
        let signers = ["treasurer1", "treasurer2"].map(|name| (office(name), name));
        BudgetId::derive(self.perform(operation, &signers))
    }

    /// The social worker finds that all of a service happened.
    pub fn verify(&self, order: OrderId, minutes: u64) {
        let verdict = Verdict::Approved(Minutes(minutes));
        self.perform(
            VerifyOrder { order, verdict },
            &[(office("social"), "social")],
        );
    }

    /// The time goes on by this many days, and the chain does what falls due.
    pub fn pass_days(&self, days: u64) {
        self.pass_ms(days * DAY_MS);
    }

    /// The time goes on by this many minutes, and the chain does what falls due.
    pub fn pass_minutes(&self, minutes: u64) {
        self.pass_ms(minutes * MINUTE_MS);
    }

    fn pass_ms(&self, time_ms: u64) {
        let to_ms = self.time_ms().plus_ms(time_ms);
        self.perform(AdvanceTime { to_ms }, &[(office("admin"), "admin")]);
        self.pass_a_block();
    }

    /// The registrar links two people, of whom `parent` is the parent; each signs with the key of the name given.
    pub fn link_kin(
        &self,
        (child, child_key): (AccountId, &str),
        (parent, parent_key): (AccountId, &str),
    ) {
        let operation = LinkKin {
            account: child,
            kin: parent,
            relation: Relation::Parent,
        };
        let signers = [
            (Signer::Account(child), child_key),
            (Signer::Account(parent), parent_key),
            (office("registrar"), "registrar"),
        ];
        self.perform(operation, &signers);
    }

    /// Two treasurers register a merchant with the key of `name`, which offers `items`.
    pub fn open_shop(&self, name: &str, items: Vec<Item>) -> AccountId {
        let register = RegisterMerchant {
            home: STREET,
            key: key(name).public_key(),
        };
        let mut signers = ["treasurer1", "treasurer2"]
            .map(|it| (office(it), it))
            .to_vec();
        signers.push((Signer::Key(key(name).public_key()), name));
        let merchant = AccountId::derive(self.perform(register, &signers));
        let signers = [
            (Signer::Account(merchant), name),
            (office("treasurer1"), "treasurer1"),
        ];
        self.perform(SetItems { merchant, items }, &signers);
        merchant
    }

    /// Somebody who has an account from the beginning signs a document, as the other party of it.
    pub fn co_sign(&self, document: &mut Document, name: &str) {
        document
            .sign(Signer::Account(account(name)), &key(name))
            .unwrap();
    }
}
