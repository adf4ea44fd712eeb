//! Who has to sign a transaction, as far as the operation tells.
//!
//! Some signers follow from the operation alone: the giver of a gift, the new key of an account. Others only the ledger
//! knows (who provides an order) or people choose (which of the registrars). So a [`Need`] names the signers that
//! certainly satisfy it, says in a sentence who else may, and says whether it is needed in every case. The ledger has the
//! last word, and refuses a signature nobody needs as well as one that is missing (`docs/rejections.md`).
//!
//! Source: `domain.md` section 3 and the rules in `ledger-core/src/ledger`; a test walks transactions through those rules.

use std::collections::BTreeSet;
use std::fmt::Display;

use ledger_core::id::{AccountId, OrganisationId};
use ledger_core::message::{Arguments, Language};
use ledger_core::record::order::{Payer, Side};
use ledger_core::record::proxy::ProxyHolder;
use ledger_core::signature::PublicKey;
use ledger_core::transaction::{Operation, Signer, Transaction};

use super::Document;
use crate::message::catalogue;

/// The need for the signature of the one who asks, where no other need names it.
const ASKER: &str = "asker";

/// A signature a transaction needs, or the few of one sort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    signers: Vec<Signer>,
    others: Others,
    certain: bool,
    message: &'static str,
    arguments: Arguments,
}

/// Who else than those named may satisfy a need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Others {
    Nobody,
    Staff,
    Accounts,
    Anyone,
}

/// Where a need stands in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nobody has signed who could satisfy it.
    Missing,
    /// Nobody has signed who could satisfy it, and it is not needed in every case.
    Perhaps,
    /// Somebody has signed who may satisfy it: only the ledger can tell.
    Unclear,
    /// Somebody has signed who satisfies it.
    Signed,
}

impl Need {
    /// Whose signature certainly satisfies it: any one of these. Empty where the operation names nobody.
    pub fn signers(&self) -> &[Signer] {
        &self.signers
    }

    /// Whether it is needed in every case; the sentence of one that is not says in which.
    pub const fn is_certain(&self) -> bool {
        self.certain
    }

    /// Whether only those named can satisfy it.
    pub fn is_exact(&self) -> bool {
        self.others == Others::Nobody
    }

    /// Whether `signer` could satisfy it, for all the operation tells.
    pub fn may_be(&self, signer: Signer) -> bool {
        self.signers.contains(&signer)
            || match (self.others, signer) {
                (Others::Nobody, _) | (_, Signer::Key(_)) => false,
                (Others::Staff, Signer::Staff(_))
                | (Others::Accounts, Signer::Account(_))
                | (Others::Anyone, _) => true,
                (Others::Staff | Others::Accounts, _) => false,
            }
    }

    /// Who it is, in words.
    pub fn sentence(&self, language: Language) -> String {
        catalogue(language).render(&format!("need-{}", self.message), &self.arguments)
    }
}

impl Document {
    /// Who has to sign it, as far as the operation tells.
    pub fn required(&self) -> Vec<Need> {
        required(&self.transaction)
    }

    /// Who has to sign it, and where each need stands.
    pub fn standing(&self) -> Vec<(Need, Standing)> {
        let needs = self.required();
        let signed: BTreeSet<Signer> = self.signatures.keys().copied().collect();
        // Whoever is named for a part of its own is not taken for another; who asks may stand for any part.
        let taken: BTreeSet<Signer> = needs
            .iter()
            .filter(|need| need.is_exact() && need.message != ASKER)
            .flat_map(|need| need.signers.iter().copied())
            .collect();
        let standing = |need: &Need| {
            if need.signers.iter().any(|signer| signed.contains(signer)) {
                return Standing::Signed;
            }
            let mut free = signed.iter().filter(|signer| !taken.contains(signer));
            if free.any(|signer| need.may_be(*signer)) {
                Standing::Unclear
            } else if need.certain {
                Standing::Missing
            } else {
                Standing::Perhaps
            }
        };
        let standings: Vec<Standing> = needs.iter().map(standing).collect();
        needs.into_iter().zip(standings).collect()
    }
}

/// Who has to sign `transaction`, as far as its operation tells.
pub fn required(transaction: &Transaction) -> Vec<Need> {
    let signer = transaction.signer;
    let mut needs = Vec::new();
    of_operation(&mut needs, signer, &transaction.operation);
    if !needs
        .iter()
        .any(|need| need.certain && need.signers.contains(&signer))
    {
        needs.insert(0, named(ASKER, signer).with("signer", signer));
    }
    needs
}

// ---- sorts of needs -----------------------------------------------------------------------------------------------

impl Need {
    fn with(mut self, name: &str, value: impl Display) -> Need {
        self.arguments = self.arguments.text(name, value);
        self
    }

    fn office(self, office: OrganisationId) -> Need {
        self.with("office", office.0)
    }

    fn account(self, account: AccountId) -> Need {
        self.with("account", account)
    }

    const fn perhaps(mut self) -> Need {
        self.certain = false;
        self
    }

    fn or(mut self, others: Others, signers: impl IntoIterator<Item = Signer>) -> Need {
        self.others = others;
        self.signers.extend(signers);
        self
    }
}

fn described(message: &'static str, others: Others) -> Need {
    Need {
        signers: Vec::new(),
        others,
        certain: true,
        message,
        arguments: Arguments::NONE,
    }
}

fn named(message: &'static str, signer: Signer) -> Need {
    described(message, Others::Nobody).or(Others::Nobody, [signer])
}

fn staff(message: &'static str) -> Need {
    described(message, Others::Staff)
}

fn holder(account: AccountId) -> Need {
    named("account", Signer::Account(account)).account(account)
}

/// The holder, for whom `others` stand in where the message says so.
fn holder_or(message: &'static str, account: AccountId, others: Others) -> Need {
    described(message, others)
        .or(others, [Signer::Account(account)])
        .account(account)
}

fn new_key(key: PublicKey) -> Need {
    named("key", Signer::Key(key)).with("key", key)
}

fn guardian_of(account: AccountId) -> Need {
    described("legal_guardian", Others::Accounts)
        .account(account)
        .perhaps()
}

fn payer(payer: Payer) -> Option<Need> {
    match payer {
        Payer::Kin(kin) => {
            let need = named("payer", Signer::Account(kin)).account(kin);
            Some(need.perhaps())
        }
        Payer::Recipient | Payer::Budget(_) => None,
    }
}

fn provider(needs: &mut Vec<Need>, provider: AccountId, member: Option<AccountId>) {
    needs.push(holder(provider));
    needs.extend(member.map(holder));
    needs.push(guardian_of(member.unwrap_or(provider)));
}

// ---- operations ---------------------------------------------------------------------------------------------------

fn of_operation(needs: &mut Vec<Need>, signer: Signer, operation: &Operation) {
    match operation {
        Operation::RegisterOrganisation(it) => {
            needs.push(staff("administrators").office(it.parent));
        }
        Operation::SetStaff(it) => {
            needs.push(staff("administrators_or_parent").office(it.organisation));
        }
        Operation::SetPolicy(it) => needs.push(staff("administrators").office(it.scope)),
        Operation::SetCatalogue(_)
        | Operation::SetValidators(_)
        | Operation::AdvanceTime(_)
        | Operation::ScheduleUpgrade(_) => needs.push(staff("administrators_city")),
        Operation::OpenBudget(it) => needs.push(staff("treasurers").office(it.scope)),
        Operation::FundPool(it) => {
            needs.push(staff("treasurers_budget").with("budget", it.budget));
        }
        Operation::Grant(it) => needs.push(staff("treasurers_budget").with("budget", it.budget)),
        Operation::SpendPool(it) => {
            needs.push(staff("treasurers").office(it.pool.organisation));
        }
        Operation::SettleMerchant(it) => needs.extend([
            holder(it.merchant),
            staff("treasurers_home").account(it.merchant),
        ]),
        Operation::CosignClearing(_) => needs.push(staff("auditor").or(Others::Nobody, [signer])),
        Operation::SubmitEvidence(_) | Operation::FinishRecovery(_) => {}
        Operation::RecordTraining(it) => {
            needs.push(staff("social_worker_serving").office(it.attendance.district));
        }
        Operation::RecordCampaign(it) => {
            needs.push(staff("social_worker_serving").office(it.attendance.district));
        }
        Operation::Gift(it) => needs.extend([holder(it.from), guardian_of(it.from)]),
        Operation::Donate(it) => needs.extend([holder(it.from), guardian_of(it.from)]),
        Operation::RegisterMerchant(it) => {
            needs.extend([staff("treasurers").office(it.home), new_key(it.key)]);
        }
        Operation::SetItems(it) => needs.extend([
            holder(it.merchant),
            staff("treasurer_home").account(it.merchant),
        ]),
        Operation::Redeem(it) => needs.extend([
            holder_or("holder_or_proxy", it.holder, Others::Anyone),
            guardian_of(it.holder),
            holder(it.merchant),
        ]),
        _ => of_account(needs, operation),
    }
}

fn of_account(needs: &mut Vec<Need>, operation: &Operation) {
    match operation {
        Operation::OpenAccount(it) => {
            needs.push(staff("registrar").office(it.home));
            needs.push(staff("registry"));
            match it.key {
                Some(key) => needs.push(new_key(key)),
                None => needs.push(staff("social_worker").office(it.home)),
            }
            needs.extend(it.legal_guardian.map(holder));
        }
        Operation::RotateKey(it) => needs.extend([
            holder(it.account),
            guardian_of(it.account),
            new_key(it.new_key),
        ]),
        Operation::LinkKin(it) => needs.extend([
            holder_or("keyless_by_proxy", it.account, Others::Anyone),
            guardian_of(it.account),
            holder_or("keyless_by_proxy", it.kin, Others::Anyone),
            guardian_of(it.kin),
            staff("registrar_of_either"),
        ]),
        Operation::UnlinkKin(it) => {
            let sides = [it.account, it.kin].map(Signer::Account);
            needs.push(described("either", Others::Anyone).or(Others::Anyone, sides));
        }
        Operation::SetKinAllowance(it) => {
            needs.extend([holder(it.payer), guardian_of(it.payer)]);
        }
        Operation::AppointProxy(it) => needs.extend([
            holder_or("keyless_by_office", it.principal, Others::Staff),
            guardian_of(it.principal),
        ]),
        Operation::RevokeProxy(it) => {
            let itself = match it.proxy {
                ProxyHolder::Account(account) => Signer::Account(account),
                ProxyHolder::Clerk(clerk) => Signer::Staff(clerk),
            };
            let need = holder_or("principal_or_proxy", it.principal, Others::Staff);
            needs.push(need.or(Others::Staff, [itself]));
        }
        Operation::SetLegalGuardian(it) => {
            needs.push(staff("registrar_home").account(it.account));
            needs.push(staff("registry"));
            needs.extend(it.guardian.map(holder));
        }
        Operation::OpenGroup(it) => needs.extend([
            staff("registrar").office(it.home),
            staff("social_worker").office(it.home),
            new_key(it.key),
        ]),
        Operation::SetMembers(it) => {
            needs.extend([holder(it.group), staff("registrar_home").account(it.group)])
        }
        Operation::SetProgrammes(it) => needs.extend([
            staff("registrar_home").account(it.account),
            staff("social_worker_home").account(it.account),
        ]),
        Operation::MoveHome(it) => needs.extend([
            holder_or("keyless_by_social_worker", it.account, Others::Staff),
            guardian_of(it.account),
            staff("registrar").office(it.new_home),
        ]),
        Operation::Freeze(it) => registrar_and_arbiter(needs, it.account),
        Operation::Unfreeze(it) => registrar_and_arbiter(needs, it.account),
        Operation::CloseAccount(it) => needs.extend([
            staff("registrar_home").account(it.account),
            holder_or("holder_or_arbiter", it.account, Others::Staff),
            guardian_of(it.account),
        ]),
        Operation::SetGuardians(it) => needs.extend([holder(it.account), guardian_of(it.account)]),
        Operation::StartRecovery(it) => needs.extend([
            new_key(it.new_key),
            described("recovery_support", Others::Anyone).account(it.account),
        ]),
        Operation::CancelRecovery(it) => {
            needs.push(holder_or("keyless_by_office", it.account, Others::Staff));
        }
        _ => of_order(needs, operation),
    }
}

fn registrar_and_arbiter(needs: &mut Vec<Need>, account: AccountId) {
    needs.push(staff("registrar_home").account(account));
    needs.push(staff("arbiter_home").account(account));
}

/// Operations on orders. Which others there are [`of_operation`] and [`of_account`] say.
fn of_order(needs: &mut Vec<Need>, operation: &Operation) {
    let recipient = || described("recipient_of_order", Others::Anyone);
    let server = || described("provider_of_order", Others::Accounts);
    match operation {
        Operation::PostOrder(it) => {
            let recipient = it.terms.recipient;
            needs.push(holder_or("holder_or_proxy", recipient, Others::Anyone));
            needs.push(guardian_of(recipient));
            needs.extend(payer(it.terms.payer));
        }
        Operation::RecordService(it) => {
            provider(needs, it.provider, it.member);
            needs.push(holder_or("holder_or_proxy", it.recipient, Others::Anyone));
            needs.push(guardian_of(it.recipient));
            needs.extend(payer(it.payer));
        }
        Operation::AcceptOrder(it) => provider(needs, it.provider, it.member),
        Operation::StartOrder(_) => {
            needs.extend([server(), described("check_in", Others::Anyone)]);
        }
        Operation::CompleteOrder(_) => needs.extend([server(), recipient()]),
        Operation::CancelOrder(_) => needs.push(described("party_or_staff", Others::Anyone)),
        Operation::VerifyOrder(_) => {
            needs.extend([staff("verifier"), staff("second_verifier").perhaps()])
        }
        Operation::ReportNoShow(it) => needs.push(match it.absent {
            Side::Provider => described("recipient_or_staff", Others::Anyone),
            Side::Recipient => described("provider_or_staff", Others::Anyone),
        }),
        Operation::RateOrder(it) => needs.push(match it.rated {
            Side::Provider => recipient(),
            Side::Recipient => server(),
        }),
        Operation::OpenDispute(_) => needs.push(described("party_payer_or_staff", Others::Anyone)),
        Operation::Appeal(_) => needs.push(described("party_or_payer", Others::Anyone)),
        Operation::ResolveDispute(_) => needs.push(staff("arbiter_of_order")),
        Operation::ReverseOrder(_) => {
            needs.extend([staff("arbiter_of_order"), staff("treasurer_of_order")])
        }
        // Handled by the callers; a test holds that no operation is handled by none.
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::kind;
    use crate::explain::samples::{CHEN, MOTHER, ORDER, terms, transaction, transactions};
    use crate::key;
    use crate::message::{NEEDS_CHINESE, NEEDS_ENGLISH};
    use ledger_core::message::check;
    use ledger_core::transaction::service::{PostOrder, StartOrder};
    use ledger_core::transaction::value::Gift;

    #[test]
    fn every_operation_says_who_must_sign_in_both_languages() {
        let mut used = BTreeSet::new();
        for transaction in transactions() {
            let needs = required(&transaction);
            let kind = kind(&transaction.operation);
            let only_the_asker = needs.iter().all(|need| need.message == ASKER);
            let anyone = ["submit_evidence", "finish_recovery"].contains(&kind.as_str());
            assert_eq!(only_the_asker, anyone, "{kind}: {needs:?}");
            for need in needs {
                used.insert(format!("need-{}", need.message));
                for language in Language::ALL {
                    let id = format!("need-{}", need.message);
                    let sentence = catalogue(language).try_render(&id, &need.arguments);
                    assert_eq!(sentence, Ok(need.sentence(language)));
                }
            }
        }
        let defined = check::definitions(NEEDS_CHINESE).unwrap();
        assert_eq!(
            used.iter().collect::<Vec<_>>(),
            defined.keys().collect::<Vec<_>>()
        );
        assert_eq!(check::differences(NEEDS_CHINESE, NEEDS_ENGLISH), [""; 0]);
    }

    fn standings(document: &Document) -> Vec<(&'static str, Standing)> {
        let standing = document.standing().into_iter();
        standing.map(|(need, at)| (need.message, at)).collect()
    }

    #[test]
    fn a_gift_is_missing_the_giver_until_the_giver_signs() {
        let mut gift = Document::new(transaction(Gift {
            from: CHEN,
            to: MOTHER,
            minutes: ledger_core::amount::Minutes(60),
        }));
        assert_eq!(
            standings(&gift),
            [
                ("account", Standing::Missing),
                ("legal_guardian", Standing::Perhaps)
            ]
        );
        let key = key::generate().unwrap();
        gift.sign(Signer::Account(CHEN), &key).unwrap();
        assert_eq!(
            standings(&gift),
            [
                ("account", Standing::Signed),
                ("legal_guardian", Standing::Perhaps)
            ]
        );
    }

    #[test]
    fn who_serves_an_order_only_the_ledger_knows() {
        let mut start = Document::new(transaction(StartOrder { order: ORDER }));
        let missing = Standing::Missing;
        assert_eq!(
            standings(&start),
            [
                (ASKER, missing),
                ("provider_of_order", missing),
                ("check_in", missing)
            ]
        );
        let key = key::generate().unwrap();
        start.sign(Signer::Account(CHEN), &key).unwrap();
        let unclear = Standing::Unclear;
        assert_eq!(
            standings(&start),
            [
                (ASKER, Standing::Signed),
                ("provider_of_order", unclear),
                ("check_in", unclear)
            ]
        );
    }

    #[test]
    fn kin_who_pays_may_have_agreed_before() {
        let post = Document::new(transaction(PostOrder {
            terms: terms(Payer::Kin(CHEN)),
        }));
        let needs = standings(&post);
        assert_eq!(needs.last(), Some(&("payer", Standing::Perhaps)));
        // Chen asks, so Chen signs, and so is no "perhaps" for long.
        assert_eq!(needs.first(), Some(&(ASKER, Standing::Missing)));
        let by_budget = required(&transaction(PostOrder {
            terms: terms(Payer::Recipient),
        }));
        assert!(by_budget.iter().all(|need| need.message != "payer"));
    }
}
