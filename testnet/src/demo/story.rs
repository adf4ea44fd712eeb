//! A mother is served in one district with hours her daughter earned in another; goods are redeemed in a third; a node is
//! killed in the middle.

use anyhow::{Result, ensure};
use ledger_core::amount::Minutes;
use ledger_core::hash::{Domain, hash};
use ledger_core::id::{AccountId, ItemCode, ServiceCode};
use ledger_core::message::Arguments;
use ledger_core::record::account::{AccountRecord, Item};
use ledger_core::record::kin::Relation;
use ledger_core::record::order::Payer;
use ledger_core::record::proxy::{ProxyHolder, ProxyScope};
use ledger_core::transaction::Operation;
use ledger_core::transaction::account::{AppointProxy, LinkKin};
use ledger_core::transaction::service::{
    AcceptOrder, CompleteOrder, OrderTerms, PostOrder, StartOrder, Verdict, VerifyOrder,
};
use ledger_core::transaction::value::{Redeem, RegisterMerchant, SetItems};
use timebank_wallet::verify::{AGE_MS_MAX_DEFAULT, Freshness};

use super::people::{self, OFFICES};
use super::{CATCH_UP_TIMEOUT, Demo, KILLED, SetUp, at, expect_refused, today};
use crate::city::{Person, street_staff};
use crate::driver::{account_of, city_treasurers, order_of};
use crate::say::count;

const NINE: u64 = 9 * 60;
const HALF_PAST_TEN: u64 = 10 * 60 + 30;
const SIX: u64 = 18 * 60;

impl Demo<'_> {
    /// An account's balance, proven to the wallet by the node at `index`.
    pub(super) fn proven(&self, index: usize, account: AccountId) -> Result<AccountRecord> {
        let freshness = Freshness::within(AGE_MS_MAX_DEFAULT);
        Ok(self.driver.client(index).account(account, freshness)?.value)
    }

    pub(super) fn story(&mut self, set_up: &SetUp) -> Result<()> {
        self.kin_paid_service(set_up)?;
        self.redemption(set_up)?;
        self.without_a_phone(set_up)
    }

    /// The daughter's hours from Gulou pay for her mother's care in Xuanwu.
    fn kin_paid_service(&mut self, set_up: &SetUp) -> Result<()> {
        let residents = &set_up.residents;
        let (daughter, mother, helper) = (
            residents.holder("V04"),
            residents.holder("E01"),
            residents.holder("V01"),
        );
        let [payer, recipient, provider] =
            ["V04", "E01", "V01"].map(|label| residents.account(label));
        let before = [payer, provider].map(|account| self.proven(0, account));
        let [paid_before, earned_before] =
            before.map(|record| record.and_then(|it| Ok(it.spendable()?)));
        let (paid_before, earned_before) = (paid_before?, earned_before?);
        self.voice.step(
            "demo-kin",
            &Arguments::NONE.number("minutes", paid_before.0),
        );

        let registrar = people::street(0, street_staff::REGISTRAR);
        let link = LinkKin {
            account: payer,
            kin: recipient,
            relation: Relation::Parent,
        };
        self.driver.apply(
            0,
            Operation::LinkKin(link),
            &[&registrar, &daughter, &mother],
        )?;
        let tomorrow = today(self.driver.now_ms()).next();
        let terms = OrderTerms {
            recipient,
            service: ServiceCode(6),
            district: OFFICES[0].1,
            window_start_ms: at(tomorrow, NINE),
            window_end_ms: at(tomorrow, SIX),
            minutes: Minutes(90),
            payer: Payer::Kin(payer),
        };
        let posted = self.driver.apply(
            3,
            Operation::PostOrder(PostOrder { terms }),
            &[&mother, &daughter],
        )?;
        let order = order_of(posted);
        self.driver.apply(
            0,
            Operation::AcceptOrder(AcceptOrder {
                order,
                provider,
                member: None,
            }),
            &[&helper],
        )?;
        self.advance(1, NINE)?;
        self.driver.apply(
            0,
            Operation::StartOrder(StartOrder { order }),
            &[&helper, &mother],
        )?;

        self.network.kill(KILLED)?;
        self.voice.step(
            "demo-killed",
            &Arguments::NONE.number("node", count(KILLED + 1)),
        );

        self.advance(0, HALF_PAST_TEN)?;
        let complete = CompleteOrder {
            order,
            start_ms: at(tomorrow, NINE),
            end_ms: at(tomorrow, HALF_PAST_TEN),
            evidence: hash(Domain::EvidenceCommitment, &[b"hospital register"]),
        };
        self.driver
            .apply(1, Operation::CompleteOrder(complete), &[&helper, &mother])?;
        let worker = people::street(0, street_staff::SOCIAL_WORKER);
        let approve = VerifyOrder {
            order,
            verdict: Verdict::Approved(Minutes(75)),
        };
        self.driver
            .apply(2, Operation::VerifyOrder(approve), &[&worker])?;
        self.advance(4, NINE)?;

        self.revive()?;

        // The node that was away answers, with proofs.
        let paid = self.proven(KILLED, payer)?;
        let earned = self.proven(KILLED, provider)?.spendable()?;
        ensure!(
            paid.spendable()? == paid_before.minus(Minutes(75))?,
            "the daughter must have paid 75 min"
        );
        ensure!(paid.held == Minutes::ZERO, "nothing may be held any more");
        ensure!(
            earned == earned_before.plus(Minutes(75))?,
            "the helper must have received 75 min"
        );
        self.voice.step(
            "demo-kin-paid",
            &Arguments::NONE
                .number("paid", 75u64)
                .number("returned", 15u64),
        );
        Ok(())
    }

    /// Starts the killed node again and waits until it has the others' height.
    fn revive(&mut self) -> Result<()> {
        self.network.start(KILLED)?;
        let height = self.driver.client(0).status()?.height.0;
        self.network.wait_height(height, CATCH_UP_TIMEOUT)?;
        let arguments = Arguments::NONE
            .number("node", count(KILLED + 1))
            .number("height", height);
        self.voice.step("demo-caught-up", &arguments);
        Ok(())
    }

    /// A volunteer from Qinhuai redeems goods in Jianye.
    fn redemption(&mut self, set_up: &SetUp) -> Result<()> {
        let treasurers = city_treasurers();
        let shopkeeper = Person::bare("shop");
        let register = RegisterMerchant {
            home: OFFICES[2].0,
            key: shopkeeper.key.public_key(),
        };
        let registered = self.driver.apply(
            2,
            Operation::RegisterMerchant(register),
            &[&treasurers[0], &treasurers[1], &shopkeeper],
        )?;
        let merchant = account_of(registered);
        let shop = Person::holder(merchant, "shop");
        let item = Item {
            code: ItemCode(1),
            minutes: Minutes(60),
        };
        let items = SetItems {
            merchant,
            items: vec![item],
        };
        self.driver
            .apply(2, Operation::SetItems(items), &[&shop, &treasurers[0]])?;

        let (label, holder) = ("V02", set_up.residents.account("V02"));
        let before = self.proven(2, holder)?.spendable()?;
        let redeem = Redeem {
            holder,
            merchant,
            item: item.code,
            minutes: item.minutes,
        };
        self.driver.apply(
            2,
            Operation::Redeem(redeem),
            &[&set_up.residents.holder(label), &shop],
        )?;
        // Another office may be a block behind the one that answered.
        self.wait_as_high_as(2, 1)?;
        let after = self.proven(1, holder)?.spendable()?;
        ensure!(
            after == before.minus(item.minutes)?,
            "60 min must have been redeemed"
        );
        let arguments = Arguments::NONE
            .number("before", before.0)
            .number("after", after.0);
        self.voice.step("demo-redeemed", &arguments);
        Ok(())
    }

    /// A clerk acts for Grandmother Cao, and may not have her own office verify it.
    fn without_a_phone(&mut self, set_up: &SetUp) -> Result<()> {
        let residents = &set_up.residents;
        let (cao, provider) = (residents.account("Cao"), residents.account("V05"));
        let helper = residents.holder("V05");
        let [registrar, worker, clerk] = [
            street_staff::REGISTRAR,
            street_staff::SOCIAL_WORKER,
            street_staff::CLERK,
        ]
        .map(|number| people::street(0, number));
        let appoint = AppointProxy {
            principal: cao,
            proxy: ProxyHolder::Clerk(people::street_id(0, street_staff::CLERK)),
            scope: ProxyScope::Orders,
            minutes_per_month: Minutes(600),
            last_day: today(self.driver.now_ms()).plus_days(300),
        };
        self.driver
            .apply(0, Operation::AppointProxy(appoint), &[&registrar, &worker])?;
        // A proxy of somebody without a key acts after a day, so that nobody is overrun.
        self.advance(2, NINE)?;
        let day = today(self.driver.now_ms());
        let terms = OrderTerms {
            recipient: cao,
            service: ServiceCode(1),
            district: OFFICES[0].1,
            window_start_ms: at(day, NINE),
            window_end_ms: at(day, SIX),
            minutes: Minutes(60),
            payer: Payer::Budget(set_up.budget),
        };
        let posted = self
            .driver
            .apply(0, Operation::PostOrder(PostOrder { terms }), &[&clerk])?;
        let order = order_of(posted);
        self.driver.apply(
            0,
            Operation::AcceptOrder(AcceptOrder {
                order,
                provider,
                member: None,
            }),
            &[&helper],
        )?;
        self.advance(0, HALF_PAST_TEN)?;
        let complete = CompleteOrder {
            order,
            start_ms: at(day, NINE),
            end_ms: at(day, NINE + 60),
            evidence: hash(Domain::EvidenceCommitment, &[b"visit to Cao"]),
        };
        self.driver
            .apply(0, Operation::CompleteOrder(complete), &[&helper, &clerk])?;
        let verify = || {
            Operation::VerifyOrder(VerifyOrder {
                order,
                verdict: Verdict::Approved(Minutes(60)),
            })
        };
        let refused = self.driver.apply(0, verify(), &[&worker]);
        let refusal = expect_refused(refused, "verifier_same_organisation")?;
        self.voice
            .step("demo-same-office", &self.voice.refusal(&refusal));
        self.driver
            .apply(0, verify(), &[&people::point_worker(0)])?;
        self.voice.step("demo-cao", &Arguments::NONE);
        Ok(())
    }
}
