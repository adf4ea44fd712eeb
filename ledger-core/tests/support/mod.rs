//! Random values of everything that is signed, hashed or sent: every field takes any value its type can hold, whether or
//! not a rule would allow it.

use std::sync::Arc;

use ledger_core::amount::Minutes;
use ledger_core::block::{Block, Header};
use ledger_core::certificate::{
    CommitCertificate, CommitSignature, Evidence, SignedVote, Vote, VoteStep,
};
use ledger_core::hash::Hash;
use ledger_core::id::{
    AccountId, BlockId, BudgetId, ChainId, Height, ItemCode, OrderId, OrganisationId,
    ProgrammeCode, ServiceCode, StaffId,
};
use ledger_core::record::account::Item;
use ledger_core::record::budget::{BudgetPurpose, PoolId, PoolKind};
use ledger_core::record::kin::Relation;
use ledger_core::record::order::{Payer, RejectionReason};
use ledger_core::record::organisation::{Level, Role, StaffRecord};
use ledger_core::record::policy::{CatalogueEntry, PolicyParameter, PolicyValue};
use ledger_core::record::proxy::{ProxyHolder, ProxyScope};
use ledger_core::signature::{PublicKey, Signature};
use ledger_core::state::tree::TreeProof;
use ledger_core::time::{Day, TimestampMs};
use ledger_core::transaction::account::{
    AppointProxy, LinkKin, OpenAccount, RevokeProxy, RotateKey, SetKinAllowance, UnlinkKin,
};
use ledger_core::transaction::government::{
    AdvanceTime, FundPool, OpenBudget, RegisterOrganisation, SetCatalogue, SetPolicy, SetStaff,
    SetValidators, StaffChange, SubmitEvidence,
};
use ledger_core::transaction::service::{
    AcceptOrder, CancelOrder, CompleteOrder, OrderTerms, PostOrder, RecordService, StartOrder,
    Verdict, VerifyOrder,
};
use ledger_core::transaction::value::{Donate, Gift, Redeem, RegisterMerchant, SetItems};
use ledger_core::transaction::{
    Envelope, Operation, SealedEnvelope, SignedBy, Signer, Transaction,
};
use ledger_core::validator::{Validator, ValidatorAddress};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

pub(crate) fn transaction() -> BoxedStrategy<Transaction> {
    let fields = (
        hash(),
        any::<u16>(),
        signer(),
        time(),
        any::<[u8; 16]>(),
        operation(),
    );
    fields
        .prop_map(
            |(chain, version, signer, valid_until_ms, nonce, operation)| Transaction {
                chain_id: ChainId(chain),
                version,
                signer,
                valid_until_ms,
                nonce,
                operation,
            },
        )
        .boxed()
}

/// An envelope in any form: its signatures need not be in order, nor the signer's among them.
pub(crate) fn envelope() -> BoxedStrategy<Envelope> {
    let signed_by =
        (signer(), signature()).prop_map(|(signer, signature)| SignedBy { signer, signature });
    (transaction(), vec(signed_by, 0..4))
        .prop_map(|(transaction, signatures)| Envelope {
            transaction,
            signatures,
        })
        .boxed()
}

pub(crate) fn header() -> BoxedStrategy<Header> {
    let numbers = (any::<u16>(), height(), time(), height());
    let hashes = (hash(), hash(), hash(), hash(), hash(), hash(), hash());
    (numbers, address(), hashes)
        .prop_map(
            |((version, height, time_ms, last_set_change), proposer, hashes)| Header {
                version,
                chain_id: ChainId(hashes.0),
                height,
                time_ms,
                parent: BlockId(hashes.1),
                proposer,
                transactions_root: hashes.2,
                receipts_root: hashes.3,
                state_root: hashes.4,
                validators_hash: hashes.5,
                next_validators_hash: hashes.6,
                last_set_change,
            },
        )
        .boxed()
}

pub(crate) fn block() -> BoxedStrategy<Block> {
    (header(), vec(envelope(), 0..3))
        .prop_map(|(header, envelopes)| Block {
            header,
            transactions: envelopes
                .into_iter()
                .map(|envelope| Arc::new(SealedEnvelope::new(envelope)))
                .collect(),
        })
        .boxed()
}

pub(crate) fn certificate() -> BoxedStrategy<CommitCertificate> {
    let commit = (address(), signature()).prop_map(|(validator, signature)| CommitSignature {
        validator,
        signature,
    });
    (height(), any::<u32>(), hash(), vec(commit, 0..8))
        .prop_map(|(height, round, block, signatures)| CommitCertificate {
            height,
            round,
            block_id: BlockId(block),
            signatures,
        })
        .boxed()
}

pub(crate) fn evidence() -> BoxedStrategy<Evidence> {
    (signed_vote(), signed_vote())
        .prop_map(|(first, second)| Evidence { first, second })
        .boxed()
}

pub(crate) fn tree_proof() -> BoxedStrategy<TreeProof> {
    (vec(hash(), 0..20), vec((hash(), hash()), 0..33))
        .prop_map(|(siblings, bucket)| TreeProof { siblings, bucket })
        .boxed()
}

fn signed_vote() -> impl Strategy<Value = SignedVote> {
    let step = select(vec![VoteStep::Prevote, VoteStep::Precommit]);
    let fields = (
        hash(),
        height(),
        any::<u32>(),
        step,
        option::of(hash()),
        address(),
    );
    (fields, signature()).prop_map(
        |((chain, height, round, step, block, validator), signature)| SignedVote {
            vote: Vote {
                chain_id: ChainId(chain),
                height,
                round,
                step,
                block_id: block.map(BlockId),
                validator,
            },
            signature,
        },
    )
}

fn operation() -> BoxedStrategy<Operation> {
    prop_oneof![
        government_operation(),
        account_operation(),
        service_operation(),
        value_operation()
    ]
    .boxed()
}

fn government_operation() -> BoxedStrategy<Operation> {
    let levels = [
        Level::City,
        Level::District,
        Level::Street,
        Level::ServicePoint,
    ];
    let register = (organisation(), organisation(), select(levels.to_vec())).prop_map(
        |(organisation, parent, level)| {
            Operation::RegisterOrganisation(RegisterOrganisation {
                organisation,
                parent,
                level,
            })
        },
    );
    let change = (any::<u32>(), option::of(staff_record()))
        .prop_map(|(number, entry)| StaffChange { number, entry });
    let staff = (organisation(), vec(change, 0..4), any::<u8>()).prop_map(
        |(organisation, changes, threshold)| {
            Operation::SetStaff(SetStaff {
                organisation,
                changes,
                threshold,
            })
        },
    );
    let policy = (
        organisation(),
        select(PolicyParameter::ALL.to_vec()),
        policy_value(),
        day(),
    )
        .prop_map(|(scope, parameter, value, from_day)| {
            Operation::SetPolicy(SetPolicy {
                scope,
                parameter,
                value,
                from_day,
            })
        });
    let entry = (minutes(), minutes(), any::<u16>()).prop_map(
        |(minutes_min, minutes_max, multiplier_percent)| CatalogueEntry {
            minutes_min,
            minutes_max,
            multiplier_percent,
        },
    );
    let catalogue = (service(), option::of(entry), day()).prop_map(|(code, entry, from_day)| {
        Operation::SetCatalogue(SetCatalogue {
            code,
            entry,
            from_day,
        })
    });
    let validators = vec(validator(), 0..4)
        .prop_map(|validators| Operation::SetValidators(SetValidators { validators }));
    let purpose = select(vec![BudgetPurpose::Service, BudgetPurpose::Fund]);
    let budget = (organisation(), purpose, minutes(), day()).prop_map(
        |(scope, purpose, minutes, last_day)| {
            Operation::OpenBudget(OpenBudget {
                scope,
                purpose,
                minutes,
                last_day,
            })
        },
    );
    let fund = (budget_id(), pool(), minutes()).prop_map(|(budget, pool, minutes)| {
        Operation::FundPool(FundPool {
            budget,
            pool,
            minutes,
        })
    });
    let evidence = evidence()
        .prop_map(|evidence| Operation::SubmitEvidence(Box::new(SubmitEvidence { evidence })));
    let advance = time().prop_map(|to_ms| Operation::AdvanceTime(AdvanceTime { to_ms }));
    prop_oneof![
        register, staff, policy, catalogue, validators, budget, fund, evidence, advance
    ]
    .boxed()
}

fn account_operation() -> BoxedStrategy<Operation> {
    let open = (organisation(), option::of(key()), hash()).prop_map(|(home, key, identity)| {
        Operation::OpenAccount(OpenAccount {
            home,
            key,
            identity,
        })
    });
    let rotate = (account(), key())
        .prop_map(|(account, new_key)| Operation::RotateKey(RotateKey { account, new_key }));
    let relations = [
        Relation::Spouse,
        Relation::Parent,
        Relation::Child,
        Relation::ChildInLaw,
        Relation::ParentInLaw,
        Relation::Sibling,
        Relation::Grandparent,
        Relation::Grandchild,
    ];
    let link =
        (account(), account(), select(relations.to_vec())).prop_map(|(account, kin, relation)| {
            Operation::LinkKin(LinkKin {
                account,
                kin,
                relation,
            })
        });
    let unlink = (account(), account())
        .prop_map(|(account, kin)| Operation::UnlinkKin(UnlinkKin { account, kin }));
    let allowance = (account(), account(), minutes(), day()).prop_map(
        |(payer, kin, minutes_per_month, last_day)| {
            Operation::SetKinAllowance(SetKinAllowance {
                payer,
                kin,
                minutes_per_month,
                last_day,
            })
        },
    );
    let scopes = [
        ProxyScope::Orders,
        ProxyScope::Redemption,
        ProxyScope::OrdersAndRedemption,
    ];
    let terms = (select(scopes.to_vec()), minutes(), day());
    let appoint = (account(), proxy(), terms).prop_map(|(principal, proxy, terms)| {
        Operation::AppointProxy(AppointProxy {
            principal,
            proxy,
            scope: terms.0,
            minutes_per_month: terms.1,
            last_day: terms.2,
        })
    });
    let revoke = (account(), proxy())
        .prop_map(|(principal, proxy)| Operation::RevokeProxy(RevokeProxy { principal, proxy }));
    prop_oneof![open, rotate, link, unlink, allowance, appoint, revoke].boxed()
}

fn service_operation() -> BoxedStrategy<Operation> {
    let window = (time(), time());
    let post = (
        account(),
        service(),
        organisation(),
        window,
        minutes(),
        payer(),
    )
        .prop_map(|(recipient, service, district, window, minutes, payer)| {
            Operation::PostOrder(PostOrder {
                terms: OrderTerms {
                    recipient,
                    service,
                    district,
                    window_start_ms: window.0,
                    window_end_ms: window.1,
                    minutes,
                    payer,
                },
            })
        });
    let accept = (order(), account())
        .prop_map(|(order, provider)| Operation::AcceptOrder(AcceptOrder { order, provider }));
    let start = order().prop_map(|order| Operation::StartOrder(StartOrder { order }));
    let complete =
        (order(), time(), time(), hash()).prop_map(|(order, start_ms, end_ms, evidence)| {
            Operation::CompleteOrder(CompleteOrder {
                order,
                start_ms,
                end_ms,
                evidence,
            })
        });
    let cancel = order().prop_map(|order| Operation::CancelOrder(CancelOrder { order }));
    let verify = (order(), verdict())
        .prop_map(|(order, verdict)| Operation::VerifyOrder(VerifyOrder { order, verdict }));
    let what = (service(), organisation(), time(), time(), minutes());
    let record = (account(), account(), what, payer(), hash()).prop_map(
        |(recipient, provider, what, payer, evidence)| {
            Operation::RecordService(RecordService {
                recipient,
                provider,
                service: what.0,
                district: what.1,
                start_ms: what.2,
                end_ms: what.3,
                minutes: what.4,
                payer,
                evidence,
            })
        },
    );
    prop_oneof![post, accept, start, complete, cancel, verify, record].boxed()
}

fn value_operation() -> BoxedStrategy<Operation> {
    let gift = (account(), account(), minutes())
        .prop_map(|(from, to, minutes)| Operation::Gift(Gift { from, to, minutes }));
    let donate = (account(), pool(), minutes()).prop_map(|(from, pool, minutes)| {
        Operation::Donate(Donate {
            from,
            pool,
            minutes,
        })
    });
    let merchant = (organisation(), key())
        .prop_map(|(home, key)| Operation::RegisterMerchant(RegisterMerchant { home, key }));
    let item = (any::<u16>(), minutes()).prop_map(|(code, minutes)| Item {
        code: ItemCode(code),
        minutes,
    });
    let items = (account(), vec(item, 0..5))
        .prop_map(|(merchant, items)| Operation::SetItems(SetItems { merchant, items }));
    let redeem = (account(), account(), any::<u16>(), minutes()).prop_map(
        |(holder, merchant, item, minutes)| {
            Operation::Redeem(Redeem {
                holder,
                merchant,
                item: ItemCode(item),
                minutes,
            })
        },
    );
    prop_oneof![gift, donate, merchant, items, redeem].boxed()
}

fn policy_value() -> impl Strategy<Value = PolicyValue> {
    let programmes = vec(any::<u16>().prop_map(ProgrammeCode), 0..5);
    prop_oneof![
        any::<u64>().prop_map(PolicyValue::Number),
        programmes.prop_map(PolicyValue::Programmes),
    ]
}

fn staff_record() -> impl Strategy<Value = StaffRecord> {
    let roles = [
        Role::Administrator,
        Role::Registrar,
        Role::Clerk,
        Role::SocialWorker,
        Role::Treasurer,
        Role::Arbiter,
        Role::Auditor,
        Role::IdentityRegistry,
    ];
    (key(), vec(select(roles.to_vec()), 0..4), account())
        .prop_map(|(key, roles, person)| StaffRecord { key, roles, person })
}

fn validator() -> impl Strategy<Value = Validator> {
    (organisation(), key(), key(), any::<u64>()).prop_map(
        |(organisation, consensus_key, peer_key, power)| Validator {
            organisation,
            consensus_key,
            peer_key,
            power,
        },
    )
}

fn verdict() -> impl Strategy<Value = Verdict> {
    let reasons = [
        RejectionReason::NotServed,
        RejectionReason::WrongProvider,
        RejectionReason::WrongRecipient,
        RejectionReason::WrongTimes,
        RejectionReason::EvidenceInsufficient,
    ];
    prop_oneof![
        minutes().prop_map(Verdict::Approved),
        select(reasons.to_vec()).prop_map(Verdict::Rejected),
    ]
}

fn payer() -> impl Strategy<Value = Payer> {
    prop_oneof![
        Just(Payer::Recipient),
        account().prop_map(Payer::Kin),
        budget_id().prop_map(Payer::Budget),
    ]
}

fn signer() -> impl Strategy<Value = Signer> {
    prop_oneof![
        account().prop_map(Signer::Account),
        staff().prop_map(Signer::Staff),
        key().prop_map(Signer::Key),
    ]
}

fn proxy() -> impl Strategy<Value = ProxyHolder> {
    prop_oneof![
        account().prop_map(ProxyHolder::Account),
        staff().prop_map(ProxyHolder::Clerk),
    ]
}

fn staff() -> impl Strategy<Value = StaffId> {
    (organisation(), any::<u32>()).prop_map(|(organisation, number)| StaffId {
        organisation,
        number,
    })
}

fn pool() -> impl Strategy<Value = PoolId> {
    let kinds = vec![PoolKind::Donation, PoolKind::Grant, PoolKind::Reserve];
    (organisation(), select(kinds)).prop_map(|(organisation, kind)| PoolId { organisation, kind })
}

fn account() -> impl Strategy<Value = AccountId> {
    any::<[u8; 20]>().prop_map(AccountId)
}

fn order() -> impl Strategy<Value = OrderId> {
    any::<[u8; 20]>().prop_map(OrderId)
}

fn budget_id() -> impl Strategy<Value = BudgetId> {
    any::<[u8; 20]>().prop_map(BudgetId)
}

fn address() -> impl Strategy<Value = ValidatorAddress> {
    any::<[u8; 20]>().prop_map(ValidatorAddress)
}

fn hash() -> impl Strategy<Value = Hash> {
    any::<[u8; 32]>().prop_map(Hash)
}

fn key() -> impl Strategy<Value = PublicKey> {
    any::<[u8; 32]>().prop_map(PublicKey)
}

fn signature() -> impl Strategy<Value = Signature> {
    (any::<[u8; 32]>(), any::<[u8; 32]>())
        .prop_map(|(r, s)| Signature([r, s].concat().try_into().expect("twice 32 is 64")))
}

fn organisation() -> impl Strategy<Value = OrganisationId> {
    any::<u64>().prop_map(OrganisationId)
}

fn service() -> impl Strategy<Value = ServiceCode> {
    any::<u16>().prop_map(ServiceCode)
}

fn minutes() -> impl Strategy<Value = Minutes> {
    any::<u64>().prop_map(Minutes)
}

fn height() -> impl Strategy<Value = Height> {
    any::<u64>().prop_map(Height)
}

fn time() -> impl Strategy<Value = TimestampMs> {
    any::<u64>().prop_map(TimestampMs)
}

fn day() -> impl Strategy<Value = Day> {
    any::<u32>().prop_map(Day)
}
