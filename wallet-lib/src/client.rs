//! Asking nodes: typed requests over any transport, with the answers about state checked by default.
//!
//! A client knows one node or several ([`Client::among`]). A checked read asks one of them after the other until one's
//! answers bear out what it says; a node caught at a lie is named and the evidence kept ([`crate::nodes`]).
//!
//! Methods that return [`Verified`] check a proof and believe nobody; those whose name ends in `_unverified`, and listings,
//! pass on one node's word. Submitting the same envelope again is always safe, so a submission that got no answer is simply
//! repeated.

mod batch;
mod card;
mod checkpoint;
mod clearing;
mod history;
mod kept;
mod orders;
mod prove;
mod service_record;
mod state;
mod submit;
mod verified;

use std::sync::Arc;

use ledger_core::hash::Hash;
use ledger_core::id::{
    AccountId, BudgetId, ChainId, Height, OrderId, OrganisationId, TransactionId,
};
use ledger_core::record::budget::PoolId;
use ledger_core::record::order::OrderStatus;
use ledger_core::time::Day;
use serde::de::DeserializeOwned;

pub use batch::{BATCH_BYTES_MAX, BATCH_TRANSACTIONS_MAX, BatchItem, BatchOutcome};
pub use history::{HISTORY_MAX, order_ids};
pub use orders::{AccountOrders, ORDERS_ATTEMPTS_MAX, ORDERS_MAX, OrderScope};
pub use submit::{Patience, WAIT_MS_MAX};
pub use verified::{AppliedTransaction, BlockContent};

use crate::answer::{
    AccountAnswer, BlockListed, BudgetAnswer, CatalogueAnswer, ClaimListed, EvidenceListed,
    HistoryAnswer, IdentityAnswer, ItemsAnswer, MembersAnswer, OrderAnswer, OrganisationAnswer,
    OrganisationListed, Page, PoliciesAnswer, PolicyHistoryAnswer, PoolAnswer, RecoveryAnswer,
    Status, SupplyAnswer, TransactionAnswer, ValidatorsAnswer,
};
use crate::error::Error;
pub use crate::error::{ReadError, UnprovenError};
use crate::nodes::{Absence, Asking, Comparison, Lie, Nodes};
pub use crate::transport::{
    ANSWER_BYTES_MAX, Content, Method, PAGE_LIMIT, Request, Response, Transport, TransportError,
};
use crate::transport::{failure, json, query, word};
use crate::verify::{Freshness, Trust};

/// Which orders a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// Only those in this status; every open one when not given.
    pub status: Option<OrderStatus>,
    /// Only those of this district.
    pub district: Option<OrganisationId>,
    /// Only those a district was told of because nobody verified them in time.
    pub escalated: bool,
}

/// A client of one node, or of several none of which is believed.
#[derive(Debug)]
pub struct Client<T> {
    nodes: Nodes<T>,
    trust: Option<Arc<Trust>>,
}

impl<T: Transport> Client<T> {
    /// Of one node, believing what leads back to `trust`.
    pub fn new(transport: T, trust: impl Into<Arc<Trust>>) -> Client<T> {
        Client::among([transport], trust)
    }

    /// Of several nodes, each with its own transport, believing what leads back to `trust`. The first is asked first.
    pub fn among(
        transports: impl IntoIterator<Item = T>,
        trust: impl Into<Arc<Trust>>,
    ) -> Client<T> {
        Client {
            nodes: Nodes::new(transports),
            trust: Some(trust.into()),
        }
    }

    /// That trusts nobody: what needs a proof fails with [`Error::TrustMissing`].
    pub fn without_trust(transport: T) -> Client<T> {
        Client::among_without_trust([transport])
    }

    /// Of several nodes, that trusts nobody.
    pub fn among_without_trust(transports: impl IntoIterator<Item = T>) -> Client<T> {
        Client {
            nodes: Nodes::new(transports),
            trust: None,
        }
    }

    /// The nodes, and how each has stood so far.
    pub const fn nodes(&self) -> &Nodes<T> {
        &self.nodes
    }

    /// Every lie that is kept, of this run and of earlier ones.
    ///
    /// # Errors
    /// The storage's.
    pub fn lies(&self) -> Result<Vec<Lie>, Error> {
        Lie::kept(self.trust()?.storage())
    }

    /// The chain trusted, if any.
    pub fn trusted_chain(&self) -> Option<ChainId> {
        self.trust.as_ref().map(|trust| trust.chain_id())
    }

    /// The newest block that anything was proven against; genesis before that, and for a wallet that trusts nobody.
    pub fn seen(&self) -> Height {
        self.trust
            .as_ref()
            .map_or(Height::GENESIS, |trust| trust.seen())
    }

    /// Whom this client believes.
    ///
    /// # Errors
    /// [`Error::TrustMissing`] when it believes nobody.
    pub fn trust(&self) -> Result<&Trust, Error> {
        self.trust.as_deref().ok_or(Error::TrustMissing {})
    }

    /// A read that says itself how old it may be.
    fn read<R>(
        &self,
        freshness: Freshness,
        read: impl Fn(&Asking<'_, T>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let trust = self.trust()?;
        self.nodes
            .read(trust, freshness.now_ms, Absence::Proven, read)
    }

    /// A read of something in the past, which nobody can prove not to be there.
    fn read_past<R>(&self, read: impl Fn(&Asking<'_, T>) -> Result<R, Error>) -> Result<R, Error> {
        let trust = self.trust()?;
        self.nodes
            .read(trust, trust.now_ms(), Absence::Claimed, read)
    }

    /// Reads `path` as a `B`.
    fn get<B: DeserializeOwned>(&self, path: &str) -> Result<B, Error> {
        json(self.ask(&Request::get(path.to_owned()))?)
    }

    /// Reads a part of a list.
    fn page<B: DeserializeOwned>(
        &self,
        path: &str,
        filters: &[(&str, Option<String>)],
        after: Option<&str>,
    ) -> Result<Page<B>, Error> {
        let mut parameters = filters.to_vec();
        parameters.push(("limit", Some(PAGE_LIMIT.to_string())));
        parameters.push(("after", after.map(str::to_owned)));
        self.get(&query(path, &parameters))
    }

    /// Sends `request`; its response when it is a success.
    fn ask(&self, request: &Request) -> Result<Response, Error> {
        let response = self.send(request)?;
        if (200..300).contains(&response.status) {
            Ok(response)
        } else {
            Err(failure(&response))
        }
    }

    /// Sends `request`; its response, whatever it says.
    fn send(&self, request: &Request) -> Result<Response, Error> {
        self.nodes
            .request(request)
            .map_err(|TransportError { node, reason }| Error::NodeUnreachable { node, reason })
    }

    /// Asks every node for its newest block with its certificate, and all of them for the newest block they have in common.
    ///
    /// Lies are kept as evidence. Of a fork, both blocks are validly signed, and it is the validators that lied: the node
    /// named is the one that showed the second block, and the error says who signed both.
    ///
    /// # Errors
    /// [`Error::TrustMissing`], and the storage's; what nodes do is in the answer.
    pub fn compare(&self, freshness: Freshness) -> Result<Comparison, Error> {
        self.nodes().compare(self.trust()?, freshness)
    }

    /// How the node stands.
    ///
    /// # Errors
    /// Also when it serves another chain than the one trusted.
    pub fn status(&self) -> Result<Status, Error> {
        let status: Status = self.get("/v1/status")?;
        match self.trusted_chain() {
            Some(expected) if expected != status.chain_id => Err(UnprovenError::OtherChain {
                expected,
                actual: status.chain_id,
            }
            .into()),
            _ => Ok(status),
        }
    }

    /// Whether the node says it is ready: connected to a quorum, and not behind it.
    ///
    /// # Errors
    /// When no node answers.
    pub fn is_ready(&self) -> Result<bool, Error> {
        Ok(self.send(&Request::get("/readyz".to_owned()))?.status == 200)
    }

    /// A transaction, by the node's word.
    ///
    /// # Errors
    /// [`Error::Refused`] when the node accepted it and it was refused since.
    pub fn transaction_unverified(&self, id: TransactionId) -> Result<TransactionAnswer, Error> {
        self.get(&format!("/v1/transactions/{id}"))
    }

    /// Blocks, newest first.
    ///
    /// # Errors
    /// The node's.
    pub fn blocks(&self, after: Option<&str>) -> Result<Page<BlockListed>, Error> {
        self.page("/v1/blocks", &[], after)
    }

    /// An account, by the node's word.
    ///
    /// # Errors
    /// The node's.
    pub fn account_unverified(&self, id: AccountId) -> Result<AccountAnswer, Error> {
        self.get(&format!("/v1/accounts/{id}"))
    }

    /// A part of an account's history from index `from`, by the node's word.
    ///
    /// # Errors
    /// The node's.
    pub fn history_unverified(&self, id: AccountId, from: u64) -> Result<HistoryAnswer, Error> {
        self.get(&format!(
            "/v1/accounts/{id}/history?from={from}&limit={PAGE_LIMIT}"
        ))
    }

    /// The orders an account is recipient, provider or payer of, newest first, by the node's word.
    ///
    /// # Errors
    /// The node's.
    pub fn account_orders_unverified(
        &self,
        id: AccountId,
        after: Option<&str>,
    ) -> Result<Page<OrderAnswer>, Error> {
        self.page(&format!("/v1/accounts/{id}/orders"), &[], after)
    }

    /// The members of a group, by the node's word.
    ///
    /// # Errors
    /// The node's.
    pub fn members_unverified(&self, group: AccountId) -> Result<MembersAnswer, Error> {
        self.get(&format!("/v1/accounts/{group}/members"))
    }

    /// The guardians of an account and what they are at, by the node's word.
    ///
    /// # Errors
    /// The node's; [`Error::NotFound`] when the account has no guardians and never had.
    pub fn recovery_unverified(&self, id: AccountId) -> Result<RecoveryAnswer, Error> {
        self.get(&format!("/v1/accounts/{id}/recovery"))
    }

    /// A merchant's items.
    ///
    /// # Errors
    /// The node's.
    pub fn items(&self, merchant: AccountId) -> Result<ItemsAnswer, Error> {
        self.get(&format!("/v1/accounts/{merchant}/items"))
    }

    /// The account opened with an identity commitment.
    ///
    /// # Errors
    /// The node's.
    pub fn identity(&self, commitment: Hash) -> Result<IdentityAnswer, Error> {
        self.get(&format!("/v1/identities/{commitment}"))
    }

    /// An order, by the node's word.
    ///
    /// # Errors
    /// The node's.
    pub fn order_unverified(&self, id: OrderId) -> Result<OrderAnswer, Error> {
        self.get(&format!("/v1/orders/{id}"))
    }

    /// Orders by id.
    ///
    /// # Errors
    /// The node's.
    pub fn orders(
        &self,
        filter: OrderFilter,
        after: Option<&str>,
    ) -> Result<Page<OrderAnswer>, Error> {
        let filters = [
            ("status", filter.status.map(|status| word(&status))),
            ("district", filter.district.map(|it| it.to_string())),
            ("escalated", filter.escalated.then(|| "true".to_owned())),
        ];
        self.page("/v1/orders", &filters, after)
    }

    /// The organisations.
    ///
    /// # Errors
    /// The node's.
    pub fn organisations(&self, after: Option<&str>) -> Result<Page<OrganisationListed>, Error> {
        self.page("/v1/organisations", &[], after)
    }

    /// An organisation with its staff.
    ///
    /// # Errors
    /// The node's.
    pub fn organisation(&self, id: OrganisationId) -> Result<OrganisationAnswer, Error> {
        self.get(&format!("/v1/organisations/{id}"))
    }

    /// The validators.
    ///
    /// # Errors
    /// The node's.
    pub fn validators(&self) -> Result<ValidatorsAnswer, Error> {
        self.get("/v1/validators")
    }

    /// The offences on record.
    ///
    /// # Errors
    /// The node's.
    pub fn evidence(&self, after: Option<&str>) -> Result<Page<EvidenceListed>, Error> {
        self.page("/v1/evidence", &[], after)
    }

    /// The supply, by the node's word.
    ///
    /// # Errors
    /// The node's.
    pub fn supply_unverified(&self) -> Result<SupplyAnswer, Error> {
        self.get("/v1/supply")
    }

    /// The policy in force for a district, or for the city, on a day, or today.
    ///
    /// # Errors
    /// The node's.
    pub fn policies(
        &self,
        district: Option<OrganisationId>,
        day: Option<Day>,
    ) -> Result<PoliciesAnswer, Error> {
        let district = district.map(|district| district.to_string());
        let day = day.map(|day| day.to_string());
        self.get(&query(
            "/v1/policies",
            &[("district", district), ("day", day)],
        ))
    }

    /// What policy and catalogue were, are and will be, for a district or the city.
    ///
    /// # Errors
    /// The node's.
    pub fn policy_history(
        &self,
        district: Option<OrganisationId>,
    ) -> Result<PolicyHistoryAnswer, Error> {
        let district = district.map(|district| district.to_string());
        self.get(&query("/v1/policies/history", &[("district", district)]))
    }

    /// The catalogue of services on a day, or today.
    ///
    /// # Errors
    /// The node's.
    pub fn catalogue(&self, day: Option<Day>) -> Result<CatalogueAnswer, Error> {
        let day = day.map(|day| day.to_string());
        self.get(&query("/v1/catalogue", &[("day", day)]))
    }

    /// A budget line.
    ///
    /// # Errors
    /// The node's.
    pub fn budget(&self, id: BudgetId) -> Result<BudgetAnswer, Error> {
        self.get(&format!("/v1/budgets/{id}"))
    }

    /// A pool.
    ///
    /// # Errors
    /// The node's.
    pub fn pool(&self, id: PoolId) -> Result<PoolAnswer, Error> {
        self.get(&format!("/v1/pools/{id}"))
    }

    /// Who waits for minutes of a reserve pool, the next one first.
    ///
    /// # Errors
    /// The node's.
    pub fn queue(&self, pool: PoolId, after: Option<&str>) -> Result<Page<ClaimListed>, Error> {
        self.page(&format!("/v1/pools/{pool}/queue"), &[], after)
    }
}
