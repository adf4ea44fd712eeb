//! Random values of everything that is signed, hashed or sent: every field takes any value its type can hold, whether or
//! not a rule would allow it.

mod operations;
mod people;

use std::sync::Arc;

use ledger_core::amount::Minutes;
use ledger_core::block::{Block, Header};
use ledger_core::certificate::{
    CommitCertificate, CommitSignature, Evidence, SignedVote, Vote, VoteStep,
};
use ledger_core::hash::Hash;
use ledger_core::id::{
    AccountId, BlockId, BudgetId, ChainId, Height, OrderId, OrganisationId, ServiceCode, StaffId,
};
use ledger_core::record::budget::{PoolId, PoolKind};
use ledger_core::record::proxy::ProxyHolder;
use ledger_core::signature::{PublicKey, Signature};
use ledger_core::state::tree::TreeProof;
use ledger_core::time::{Day, TimestampMs};
use ledger_core::transaction::{Envelope, SealedEnvelope, SignedBy, Signer, Transaction};
use ledger_core::validator::ValidatorAddress;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use operations::operation;

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
