//! A street office in league with this node credits minutes to people who do not exist.
//!
//! The office has the keys of its own staff, and no others. So what it lacks is the signature of the identity registry and of
//! whoever else must stand behind a mint: it leaves them out, makes them up, or signs for them with its own keys. The
//! transactions go to everybody's mempool and into this node's own proposals, under headers whose roots are those of a ledger on
//! which they had applied: the accounts are there, the minutes are in them and in the supply, and the receipts say so. The
//! conspirators vote for each other's.

use std::sync::Arc;

use ledger_core::amount::Minutes;
use ledger_core::block::{Header, list};
use ledger_core::codec;
use ledger_core::hash::{Domain, Hash, hash};
use ledger_core::id::{
    AccountId, BlockId, BudgetId, OrderId, OrganisationId, ProgrammeCode, ServiceCode,
};
use ledger_core::ledger::{Tip, build_block, transactions_root};
use ledger_core::receipt::{Cause, Entry, Owner, Posting, Receipt};
use ledger_core::record::account::{AccountKind, AccountRecord};
use ledger_core::record::lot::{Lot, Source};
use ledger_core::record::order::Payer;
use ledger_core::record::organisation::Role;
use ledger_core::record::supply::SupplyRecord;
use ledger_core::signature::{SecretKey, Signature};
use ledger_core::state::{Overlay, RecordChanges, StateKey, tree};
use ledger_core::time::{HOUR_MS, TimestampMs};
use ledger_core::transaction::account::OpenAccount;
use ledger_core::transaction::service::{RecordService, Verdict, VerifyOrder};
use ledger_core::transaction::value::{Grant, Grantees};
use ledger_core::transaction::{
    Envelope, Operation, SealedEnvelope, SignedBy, Signer, TRANSACTION_VERSION, Transaction,
};
use timebank_node::consensus::{ConsensusMessage, SignedProposal};
use timebank_node::replica::messages::TransactionGroup;
use timebank_node::replica::{ReplicaInput, Topic};

use super::craft::{self, Place, page_of, random_hash};
use super::substitution::{EverySignature, Substitute, Substitution, random_signature};
use super::{Behaviour, Hands, OfficeStaff};

/// How many of a thousand own proposals hold ghosts.
const HAUNTED_PER_MILLE: u64 = 800;
/// How many ghosts a proposal credits at most.
const GHOSTS_MAX: usize = 3;
/// What each gets.
const MINUTES: Minutes = Minutes(480);
/// Where the conspirators note what they want voted for.
const PAGE: &str = "blocks with ghosts";

/// Credits minutes to people who do not exist.
#[derive(Debug, Default)]
pub(super) struct GhostMint {
    substitution: Substitution,
}

/// Somebody who does not exist.
struct Ghost {
    identity: Hash,
    key: SecretKey,
}

/// A transaction for a ghost, and the account it would make or fill.
struct Forged {
    sealed: Arc<SealedEnvelope>,
    account: AccountId,
    identity: Hash,
    key: SecretKey,
}

impl Behaviour for GhostMint {
    fn hear(&mut self, hands: &mut Hands<'_>, input: ReplicaInput) -> Vec<ReplicaInput> {
        self.substitution.hear(hands, input).0
    }

    fn speak(
        &mut self,
        hands: &mut Hands<'_>,
        to: usize,
        input: ReplicaInput,
    ) -> Vec<(usize, ReplicaInput)> {
        match craft::decode_consensus(&input) {
            Some(ConsensusMessage::Vote(signed)) if signed.vote.block_id.is_none() => {
                let place = Place::of_vote(&signed);
                if let Some(block_id) = wanted(hands, place) {
                    hands.say_vote(to, place, signed.vote.step, Some(block_id));
                    return Vec::new();
                }
            }
            // It would show that the replica underneath voted otherwise.
            Some(ConsensusMessage::Round(certificate)) => {
                let place = Place {
                    height: certificate.height,
                    round: certificate.round,
                };
                if wanted(hands, place).is_some() {
                    return Vec::new();
                }
            }
            _ => {}
        }
        self.substitution.speak(hands, to, input, &mut choose)
    }
}

/// The block with ghosts that a conspirator has proposed there.
fn wanted(hands: &Hands<'_>, place: Place) -> Option<BlockId> {
    let page = (PAGE, page_of(place.height, place.round));
    let noted = hands.notebook.pages.get(&page)?;
    codec::decode(noted, noted.len()).ok()
}

fn choose(
    hands: &mut Hands<'_>,
    signed: &SignedProposal,
    transactions: &[Arc<SealedEnvelope>],
) -> Option<Substitute> {
    if !hands.random.happens(HAUNTED_PER_MILLE) {
        return None;
    }
    let count = 1 + hands.random.index(GHOSTS_MAX);
    let forged: Vec<Forged> = (0..count).filter_map(|_| forge_one(hands)).collect();
    if forged.is_empty() {
        return None;
    }
    let envelopes: Vec<_> = forged.iter().map(|it| Arc::clone(&it.sealed)).collect();
    for to in hands.honest() {
        for bytes in TransactionGroup::encode_all(&envelopes) {
            hands.say(to, Topic::Transactions, bytes);
        }
    }
    let header = haunted_header(hands, &signed.proposal.header, transactions, &forged)?;
    let list: Vec<_> = transactions.iter().cloned().chain(envelopes).collect();
    let round = signed.proposal.round;
    let page = (PAGE, page_of(header.height, round));
    hands
        .notebook
        .pages
        .insert(page, codec::encode(&header.id()));
    if let Some(old) = hands
        .notebook
        .pages
        .keys()
        .find(|(subject, _)| *subject == PAGE)
        .copied()
        && old.1 < page_of(header.height, 0)
    {
        hands.notebook.pages.remove(&old);
    }
    Some(Substitute::plain(header, list))
}

/// A transaction that credits a ghost, short of somebody's true consent.
fn forge_one(hands: &mut Hands<'_>) -> Option<Forged> {
    let staff = hands.office_staff();
    let ghost = Ghost {
        identity: hash(Domain::Identity, &[random_hash(hands.random).as_bytes()]),
        key: SecretKey::from_seed(&random_hash(hands.random).0),
    };
    match hands.random.below(4) {
        0 | 1 => open(hands, &staff, ghost),
        2 => grant(hands, &staff, ghost),
        _ => serve(hands, &staff, ghost),
    }
}

/// The first of the staff with this post, or whoever there is.
fn with_role(staff: &[OfficeStaff], role: Role) -> Option<&OfficeStaff> {
    let posted = staff.iter().find(|it| it.record.has(role));
    posted.or(staff.first())
}

/// A signature for somebody whose key the office does not have: made up, or by a key of its own.
fn impostor(hands: &mut Hands<'_>, transaction: &Transaction, own: &SecretKey) -> Signature {
    if hands.random.happens(500) {
        random_signature(hands.random)
    } else {
        transaction.sign(own)
    }
}

fn transaction(hands: &mut Hands<'_>, signer: Signer, operation: Operation) -> Transaction {
    let mut nonce = [0; 16];
    nonce.copy_from_slice(&random_hash(hands.random).0[..16]);
    let from_ms = hands.status().time_ms.max(TimestampMs(hands.now_ms));
    Transaction {
        chain_id: hands.chain_id(),
        version: TRANSACTION_VERSION,
        signer,
        valid_until_ms: from_ms.plus_ms(HOUR_MS),
        nonce,
        operation,
    }
}

fn seal(transaction: Transaction, signed: Vec<(Signer, Signature)>) -> Arc<SealedEnvelope> {
    let signatures = signed
        .into_iter()
        .map(|(signer, signature)| SignedBy { signer, signature });
    Arc::new(SealedEnvelope::new(Envelope::new(transaction, signatures)))
}

/// Opens the ghost's account without the identity registry's consent.
fn open(hands: &mut Hands<'_>, staff: &[OfficeStaff], ghost: Ghost) -> Option<Forged> {
    let registrar = with_role(staff, Role::Registrar)?;
    let own = Signer::Staff(registrar.staff);
    let operation = Operation::OpenAccount(OpenAccount {
        home: registrar.staff.organisation,
        key: Some(ghost.key.public_key()),
        identity: ghost.identity,
        legal_guardian: None,
    });
    let transaction = transaction(hands, own, operation);
    let mut signed = vec![
        (own, transaction.sign(&registrar.key)),
        (
            Signer::Key(ghost.key.public_key()),
            transaction.sign(&ghost.key),
        ),
    ];
    match hands.random.below(3) {
        // Nobody of the registry is named.
        0 => {}
        // A colleague is named who is not of the registry.
        1 => {
            let colleague = staff.iter().find(|it| it.staff != registrar.staff)?;
            let signature = transaction.sign(&colleague.key);
            signed.push((Signer::Staff(colleague.staff), signature));
        }
        _ => {
            let registry = hands.identity_registry()?;
            let signature = impostor(hands, &transaction, &registrar.key);
            signed.push((Signer::Staff(registry), signature));
        }
    }
    let sealed = seal(transaction, signed);
    Some(Forged {
        account: AccountId::derive(sealed.id()),
        sealed,
        identity: ghost.identity,
        key: ghost.key,
    })
}

/// Grants minutes to a ghost from a budget line nobody opened, with one treasurer in the place of two.
fn grant(hands: &mut Hands<'_>, staff: &[OfficeStaff], ghost: Ghost) -> Option<Forged> {
    let treasurer = with_role(staff, Role::Treasurer)?;
    let account = AccountId::from_seed(&ghost.identity);
    let own = Signer::Staff(treasurer.staff);
    let operation = Operation::Grant(Grant {
        budget: BudgetId::from_seed(&random_hash(hands.random)),
        grantees: Grantees {
            programme: ProgrammeCode(1),
            accounts: vec![account],
            minutes: MINUTES,
            expiry: None,
        },
    });
    let transaction = transaction(hands, own, operation);
    let mut signed = vec![(own, transaction.sign(&treasurer.key))];
    if hands.random.happens(500)
        && let Some(colleague) = staff.iter().find(|it| it.staff != treasurer.staff)
    {
        let signature = impostor(hands, &transaction, &treasurer.key);
        signed.push((Signer::Staff(colleague.staff), signature));
    }
    Some(Forged {
        sealed: seal(transaction, signed),
        account,
        identity: ghost.identity,
        key: ghost.key,
    })
}

/// A ghost served another, on paper; or the office's own social worker alone finds that it did.
fn serve(hands: &mut Hands<'_>, staff: &[OfficeStaff], ghost: Ghost) -> Option<Forged> {
    let worker = with_role(staff, Role::SocialWorker)?;
    let provider = AccountId::from_seed(&ghost.identity);
    let now_ms = hands.status().time_ms;
    let transaction = if hands.random.happens(500) {
        let recipient = AccountId::from_seed(&random_hash(hands.random));
        let operation = Operation::RecordService(RecordService {
            recipient,
            provider,
            member: None,
            service: ServiceCode(1),
            district: OrganisationId(worker.staff.organisation.0 / 1_000),
            start_ms: now_ms.minus_ms(9 * HOUR_MS),
            end_ms: now_ms.minus_ms(HOUR_MS),
            minutes: MINUTES,
            payer: Payer::Budget(BudgetId::from_seed(&random_hash(hands.random))),
            evidence: random_hash(hands.random),
        });
        let mut transaction = transaction(hands, Signer::Account(provider), operation);
        if hands.random.happens(500) {
            // Asked for by the office, as if for people without a phone.
            transaction.signer = Signer::Staff(worker.staff);
        }
        transaction
    } else {
        let operation = Operation::VerifyOrder(VerifyOrder {
            order: OrderId::from_seed(&random_hash(hands.random)),
            verdict: Verdict::Approved(MINUTES),
        });
        transaction(hands, Signer::Staff(worker.staff), operation)
    };
    let signer = transaction.signer;
    let key = match signer {
        Signer::Account(_) => &ghost.key,
        _ => &worker.key,
    };
    let signature = transaction.sign(key);
    Some(Forged {
        sealed: seal(transaction, vec![(signer, signature)]),
        account: provider,
        identity: ghost.identity,
        key: ghost.key,
    })
}

/// The header of a block in which the right transactions and the forged ones had applied.
fn haunted_header(
    hands: &Hands<'_>,
    like: &Header,
    right: &[Arc<SealedEnvelope>],
    forged: &[Forged],
) -> Option<Header> {
    let status = hands.status();
    let tip = Tip {
        chain_id: status.chain_id,
        height: status.height,
        block_id: status.block_id,
        time_ms: status.time_ms,
    };
    let view = hands.replica.state().snapshot();
    let all: Vec<_> = right
        .iter()
        .cloned()
        .chain(forged.iter().map(|it| Arc::clone(&it.sealed)))
        .collect();
    let build = |list: &[Arc<SealedEnvelope>]| {
        let (proposer, time_ms) = (like.proposer, like.time_ms);
        build_block(&view, &tip, proposer, time_ms, list, &EverySignature).ok()
    };
    let built = build(&all)?;
    if built.refused.is_empty() {
        // For somebody who took every signature for right they do apply.
        return Some(built.block.header);
    }
    let built = build(right)?;
    let mut records = built.execution.writes.records;
    let mut receipts = built.execution.receipts;
    for it in forged {
        let receipt = receipt_of(it, like);
        credit(&mut records, &view, it, &receipt)?;
        receipts.push(receipt);
    }
    let leaves: Vec<Hash> = receipts.iter().map(Receipt::receipt_hash).collect();
    Some(Header {
        transactions_root: transactions_root(&all),
        receipts_root: list::root(&leaves),
        state_root: tree::update(&view, &records).ok()?.root,
        ..built.block.header
    })
}

fn receipt_of(forged: &Forged, header: &Header) -> Receipt {
    let cause = Cause::Transaction(forged.sealed.id());
    let entry = match &forged.sealed.transaction().operation {
        Operation::Grant(it) => Entry::Granted {
            budget: it.budget,
            credited: MINUTES,
            repaid: Minutes::ZERO,
            overflow: Minutes::ZERO,
        },
        Operation::VerifyOrder(it) => Entry::Earned {
            order: it.order,
            credited: MINUTES,
            repaid: Minutes::ZERO,
            overflow: Minutes::ZERO,
            served: MINUTES,
        },
        _ => Entry::Opened,
    };
    Receipt {
        cause,
        postings: vec![Posting {
            height: header.height,
            time_ms: header.time_ms,
            cause,
            owner: Owner::Account(forged.account),
            entry,
        }],
    }
}

/// Writes the ghost's account with its minutes, and the same minutes into the supply, so that the books balance.
fn credit(
    records: &mut RecordChanges,
    view: &dyn ledger_core::state::StateView,
    forged: &Forged,
    receipt: &Receipt,
) -> Option<()> {
    let home = match forged.sealed.transaction().signer {
        Signer::Staff(staff) => staff.organisation,
        _ => OrganisationId(320_102_001),
    };
    let district = OrganisationId(home.0 / 1_000);
    let kind = AccountKind::Person {
        identity: forged.identity,
    };
    let mut account = AccountRecord::new(kind, home, district, Some(forged.key.public_key()));
    let lot = Lot {
        source: Source::Earned,
        expiry: None,
        minutes: MINUTES,
    };
    account.lots.add(lot).ok()?;
    account.history = account.history.with(receipt.postings.first()?).ok()?;
    let key = StateKey::Account(forged.account).to_bytes();
    records.insert(key, Some(codec::encode(&account)));
    let identity = StateKey::Identity(forged.identity).to_bytes();
    records.insert(identity, Some(codec::encode(&forged.account)));
    let key = StateKey::Supply.to_bytes();
    let written = records.get(&key).cloned().flatten();
    let mut supply: SupplyRecord = match written {
        Some(bytes) => codec::decode(&bytes, bytes.len()).ok()?,
        None => Overlay::new(view).load(&StateKey::Supply).ok()??,
    };
    supply.issued_service = supply.issued_service.plus(MINUTES).ok()?;
    supply.spendable = supply.spendable.plus(MINUTES).ok()?;
    records.insert(key, Some(codec::encode(&supply)));
    Some(())
}
