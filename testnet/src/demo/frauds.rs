//! What must be refused: two services at once, a verifier who is kin, minutes spent twice.

use anyhow::{Result, bail, ensure};
use ledger_core::amount::Minutes;
use ledger_core::hash::{Domain, hash};
use ledger_core::id::{AccountId, ServiceCode};
use ledger_core::message::Arguments;
use ledger_core::record::kin::Relation;
use ledger_core::record::order::Payer;
use ledger_core::time::Day;
use ledger_core::transaction::Operation;
use ledger_core::transaction::account::LinkKin;
use ledger_core::transaction::service::{
    OrderTerms, PostOrder, RecordService, Verdict, VerifyOrder,
};
use ledger_core::transaction::value::Gift;
use timebank_wallet::client::Patience;
use timebank_wallet::error::{Error, Refusal};

use super::people::{self, OFFICES};
use super::{Demo, SetUp, at, expect_refused, today};
use crate::city::{Person, street_staff};
use crate::driver::{FINALITY_MS_MAX, order_of};

impl Demo<'_> {
    pub(super) fn frauds(&mut self, set_up: &SetUp) -> Result<()> {
        self.voice.step("demo-frauds", &Arguments::NONE);
        self.two_places_at_once(set_up)?;
        self.verified_by_kin(set_up)?;
        self.spent_twice(set_up)
    }

    fn record(
        &mut self,
        set_up: &SetUp,
        (office, recipient): (usize, &str),
        (day, start, minutes): (Day, u64, u64),
    ) -> Result<ledger_core::id::TransactionId, Error> {
        let residents = &set_up.residents;
        let record = RecordService {
            recipient: residents.account(recipient),
            provider: residents.account("V07"),
            service: ServiceCode(2),
            district: OFFICES[office].1,
            start_ms: at(day, start),
            end_ms: at(day, start + minutes),
            minutes: Minutes(minutes),
            payer: Payer::Budget(set_up.budget),
            evidence: hash(Domain::EvidenceCommitment, &[recipient.as_bytes()]),
            member: None,
        };
        let (provider, recipient) = (residents.holder("V07"), residents.holder(recipient));
        self.driver.apply(
            office,
            Operation::RecordService(record),
            &[&provider, &recipient],
        )
    }

    /// The same half hour claimed in two districts.
    fn two_places_at_once(&mut self, set_up: &SetUp) -> Result<()> {
        let yesterday = Day(today(self.driver.now_ms()).0.saturating_sub(1));
        let first = self.record(set_up, (0, "E05"), (yesterday, 13 * 60, 60))?;
        let second = self.record(set_up, (3, "E08"), (yesterday, 13 * 60 + 30, 60));
        self.fraud(
            "demo-fraud-overlap",
            &expect_refused(second, "service_overlaps")?,
        );

        // The worker who would verify the first is the provider's kin.
        let worker = people::street(0, street_staff::SOCIAL_WORKER);
        self.link_worker(set_up)?;
        let verdict = Verdict::Approved(Minutes(60));
        let verify = VerifyOrder {
            order: order_of(first),
            verdict,
        };
        let refused = self
            .driver
            .apply(1, Operation::VerifyOrder(verify), &[&worker]);
        self.fraud(
            "demo-fraud-kin",
            &expect_refused(refused, "verifier_is_kin")?,
        );
        Ok(())
    }

    /// Links the provider with the person behind the social worker of the first office.
    fn link_worker(&mut self, set_up: &SetUp) -> Result<()> {
        let id = people::street_id(0, street_staff::SOCIAL_WORKER);
        let organisation = self.driver.client(0).organisation(id.organisation)?;
        let entry = organisation.staff.iter().find(|listed| listed.staff == id);
        let Some(entry) = entry else {
            bail!("the social worker is not listed")
        };
        let person = entry.entry.person;
        let brother = Person::holder(
            person,
            &format!("person of {} {}", id.organisation.0, id.number),
        );
        let link = LinkKin {
            account: set_up.residents.account("V07"),
            kin: person,
            relation: Relation::Sibling,
        };
        let registrar = people::street(0, street_staff::REGISTRAR);
        let signers = [&registrar, &set_up.residents.holder("V07"), &brother];
        self.driver.apply(0, Operation::LinkKin(link), &signers)?;
        Ok(())
    }

    /// Kept apart from the overlap only by what it shows: an approval by a stranger stands.
    fn verified_by_kin(&mut self, set_up: &SetUp) -> Result<()> {
        let yesterday = Day(today(self.driver.now_ms()).0.saturating_sub(1));
        let recorded = self.record(set_up, (0, "E05"), (yesterday, 15 * 60, 30))?;
        let second = people::street(0, street_staff::SECOND_SOCIAL_WORKER);
        let verify = VerifyOrder {
            order: order_of(recorded),
            verdict: Verdict::Approved(Minutes(30)),
        };
        self.driver
            .apply(1, Operation::VerifyOrder(verify), &[&second])?;
        Ok(())
    }

    /// An elder with 60 minutes; two offices post orders of 45 each at the same moment.
    fn spent_twice(&mut self, set_up: &SetUp) -> Result<()> {
        let residents = &set_up.residents;
        let (son, elder) = (residents.account("V09"), residents.account("E09"));
        let registrar = people::street(0, street_staff::REGISTRAR);
        let link = LinkKin {
            account: son,
            kin: elder,
            relation: Relation::Parent,
        };
        let both = [residents.holder("V09"), residents.holder("E09")];
        self.driver.apply(
            0,
            Operation::LinkKin(link),
            &[&registrar, &both[0], &both[1]],
        )?;
        let gift = Gift {
            from: son,
            to: elder,
            minutes: Minutes(60),
        };
        self.driver.apply(0, Operation::Gift(gift), &[&both[0]])?;
        ensure!(
            self.proven(0, elder)?.spendable()? == Minutes(60),
            "the elder must have 60 min"
        );

        let outcomes = self.post_at_two_offices(elder, &both[1])?;
        let refused: Vec<_> = outcomes.into_iter().filter(Result::is_err).collect();
        ensure!(
            refused.len() == 1,
            "one of the two orders must be refused, not {}",
            refused.len()
        );
        for refusal in refused {
            self.fraud(
                "demo-fraud-twice",
                &expect_refused(refusal, "insufficient_minutes")?,
            );
        }
        for index in 0..OFFICES.len() {
            self.wait_same_height(index)?;
            let record = self.proven(index, elder)?;
            ensure!(
                (record.spendable()?, record.held) == (Minutes(15), Minutes(45)),
                "the elder must have 15 min and 45 held at node {}",
                index + 1
            );
        }
        Ok(())
    }

    fn post_at_two_offices(
        &mut self,
        elder: AccountId,
        holder: &Person,
    ) -> Result<Vec<Result<(), Error>>> {
        let tomorrow = today(self.driver.now_ms()).next();
        let mut sealed = Vec::new();
        for (_, district) in &OFFICES[..2] {
            let terms = OrderTerms {
                recipient: elder,
                service: ServiceCode(1),
                district: *district,
                window_start_ms: at(tomorrow, 9 * 60),
                window_end_ms: at(tomorrow, 18 * 60),
                minutes: Minutes(45),
                payer: Payer::Recipient,
            };
            sealed.push(
                self.driver
                    .seal(Operation::PostOrder(PostOrder { terms }), &[holder]),
            );
        }
        let patience = Patience::Final {
            timeout_ms: FINALITY_MS_MAX,
        };
        let clients = [self.network.client(0), self.network.client(1)];
        std::thread::scope(|scope| {
            let posting: Vec<_> = clients
                .iter()
                .zip(&sealed)
                .map(|(client, sealed)| {
                    scope.spawn(move || client.submit(sealed.envelope(), patience).map(|_| ()))
                })
                .collect();
            posting
                .into_iter()
                .map(|it| it.join().map_err(|_| anyhow::anyhow!("a thread panicked")))
                .collect()
        })
    }

    /// Says what was tried and by which rule it was refused.
    fn fraud(&self, id: &str, refusal: &Refusal) {
        self.voice.say(id, &self.voice.refusal(refusal));
    }
}
