//! What the city answers to requests that read.

use crate::transport::Response;
use ledger_core::block::Block;
use ledger_core::certificate::CommitCertificate;
use ledger_core::id::{AccountId, Height, OrderId, OrganisationId, StaffId};
use ledger_core::ledger::{least_time, policy_in_force};
use ledger_core::proof::RecordProof;
use ledger_core::receipt::Cause;
use ledger_core::record::account::{AccountRecord, ItemCatalogue, Members};
use ledger_core::record::budget::{BudgetRecord, PoolId, PoolRecord};
use ledger_core::record::chain::{RULES_VERSION, UpgradeRecord, ValidatorsRecord};
use ledger_core::record::clearing::{ClearingCosignatures, ClearingRecord};
use ledger_core::record::membership::Membership;
use ledger_core::record::order::{OrderRecord, OrderStage, Payer};
use ledger_core::record::organisation::{OrganisationRecord, StaffRecord};
use ledger_core::record::policy::{CatalogueHistory, PolicyHistory, PolicyParameter};
use ledger_core::record::recovery::RecoveryRecord;
use ledger_core::record::reserve::{ReserveClaim, ReserveQueue};
use ledger_core::record::service_record::{ServiceRecord, ServiceYear};
use ledger_core::record::supply::SupplyRecord;
use ledger_core::state::key::{organisation_of_key, service_of_key, service_year_of_key};
use ledger_core::state::{StateKey, StateView, tree};
use serde_json::{Value, json};

use super::{CITY, Inside, not_found};

fn bytes(answer: &impl borsh::BorshSerialize) -> Response {
    Response {
        node: "trial".to_owned(),
        status: 200,
        retry_after_s: None,
        body: borsh::to_vec(answer).unwrap(),
    }
}

impl Inside {
    fn load<R: borsh::BorshDeserialize>(&self, key: &StateKey) -> Option<R> {
        let bytes = self.state.read(&key.to_bytes()).unwrap()?;
        Some(borsh::from_slice(&bytes).unwrap())
    }

    fn proof(&self, key: &StateKey) -> RecordProof {
        let (block, certificate, _) = self.blocks.last().unwrap();
        let key = key.to_bytes();
        RecordProof {
            value: self.state.read(&key).unwrap(),
            tree_proof: tree::prove(&self.state, &key).unwrap(),
            key,
            header: block.header.clone(),
            certificate: certificate.clone(),
        }
    }

    /// Two blocks at a time, so that an auditor has to turn the page.
    pub(super) fn archive(&self, after: u64) -> Response {
        let above = |(block, ..): &&(Block, CommitCertificate, _)| block.header.height.0 > after;
        let part: Vec<(Block, CommitCertificate)> = self
            .blocks
            .iter()
            .filter(above)
            .take(2)
            .map(|(block, certificate, _)| {
                let mut block = block.clone();
                if self.altered_after == Some(block.header.height.0 - 1) {
                    block.transactions.pop();
                }
                (block, certificate.clone())
            })
            .collect();
        bytes(&part)
    }

    /// A node of the state tree.
    pub(super) fn node(&self, path: &str) -> Response {
        let node = self.state.node(&path.parse().unwrap()).unwrap();
        bytes(&(self.tip.height, node))
    }

    /// A record by its key.
    pub(super) fn record(&self, key: &str) -> Response {
        let value = self.state.read(&hex::decode(key).unwrap()).unwrap();
        bytes(&(self.tip.height, value))
    }

    fn clearings(&self) -> (u16, Value) {
        let (from, to) = StateKey::clearing_range();
        let found = self.state.scan(&from, &to, usize::MAX).unwrap();
        let items: Vec<Value> = found
            .iter()
            .map(|(_, bytes)| {
                let record: ClearingRecord = borsh::from_slice(bytes).unwrap();
                let cosigned: Option<ClearingCosignatures> =
                    self.load(&StateKey::ClearingCosignatures(record.month));
                json!({"month": record.month, "hash": record.clearing_hash(), "height": record.height,
                       "cosignatures": cosigned.unwrap_or_default().auditors.len()})
            })
            .collect();
        (200, json!({"items": items, "next": null}))
    }

    fn clearing(&self, month: &str) -> (u16, Value) {
        let key = StateKey::Clearing(month.parse().unwrap());
        match self.load::<ClearingRecord>(&key) {
            Some(record) => (
                200,
                json!({"month": month, "hash": record.clearing_hash(), "clearing": record, "cosignatures": []}),
            ),
            None => not_found("clearing", month),
        }
    }

    pub(super) fn get(&self, path_and_query: &str) -> (u16, Value) {
        let (path, query) = path_and_query
            .split_once('?')
            .unwrap_or((path_and_query, ""));
        let parts: Vec<&str> = path.trim_start_matches("/v1/").split('/').collect();
        let height = self.tip.height;
        match parts.as_slice() {
            ["status"] => (200, self.status()),
            ["genesis"] => (200, serde_json::to_value(&self.genesis).unwrap()),
            ["accounts", id, part @ ..] => self.account_part(id, part, query),
            ["orders"] => self.orders(None, query),
            ["orders", id] => {
                let key = StateKey::Order(id.parse().unwrap());
                match self.load::<OrderRecord>(&key) {
                    Some(order) => (
                        200,
                        json!({"id": id, "order": order, "height": height, "proof": self.proof(&key)}),
                    ),
                    None => self.proven_absent("order", id, &key),
                }
            }
            ["supply"] => {
                let supply: SupplyRecord = self.load(&StateKey::Supply).unwrap();
                (
                    200,
                    json!({"supply": supply, "issued": supply.issued().unwrap(), "accounted": supply.accounted().unwrap(),
                             "height": height, "proof": self.proof(&StateKey::Supply)}),
                )
            }
            ["organisations"] => self.organisations(),
            ["organisations", id] => self.organisation(id),
            ["validators"] => {
                let validators: ValidatorsRecord = self.load(&StateKey::Validators).unwrap();
                (200, json!({"height": height, "validators": validators}))
            }
            ["validators", "changes"] => {
                let after: u64 = query.trim_start_matches("after=").parse().unwrap();
                let changes: Vec<_> = self
                    .changes
                    .iter()
                    .filter(|change| change.header.height > Height(after))
                    // One at a time, so that a wallet has to turn the page.
                    .take(1)
                    .collect();
                (200, json!({"changes": changes, "last_set_change": height}))
            }
            ["clearing"] => self.clearings(),
            ["clearing", month] => self.clearing(month),
            ["evidence"] => (200, json!({"items": [], "next": null})),
            ["policies"] => self.policies(query),
            ["policies", "history"] => self.policy_history(query),
            ["catalogue"] => {
                let entry = self.genesis.catalogue[0].entry;
                (
                    200,
                    json!({"day": "2026-11-22", "items": [{"code": "S01", "entry": entry}]}),
                )
            }
            ["budgets", id] => {
                match self.load::<BudgetRecord>(&StateKey::Budget(id.parse().unwrap())) {
                    Some(budget) => (200, json!({"id": id, "budget": budget, "height": height})),
                    None => not_found("budget", id),
                }
            }
            ["pools", id] => {
                let pool: PoolId = id.parse().unwrap();
                let record = self
                    .load(&StateKey::Pool(pool))
                    .unwrap_or(PoolRecord::EMPTY);
                let queue: Option<ReserveQueue> = self.load(&StateKey::ReserveQueue(pool));
                let queued = queue.unwrap_or_default().minutes;
                (
                    200,
                    json!({"id": pool, "pool": record, "queued": queued, "height": height}),
                )
            }
            ["pools", id, "queue"] => self.queue(id.parse().unwrap()),
            ["blocks"] => (200, self.blocks_listed()),
            ["identities", commitment] => {
                let key = StateKey::Identity(commitment.parse().unwrap());
                match self.load::<AccountId>(&key) {
                    Some(account) => (200, json!({"account": account, "height": height})),
                    None => not_found("identity", commitment),
                }
            }
            ["blocks", "latest"] => self.block(height),
            ["blocks", wanted] => self.block(Height(wanted.parse().unwrap())),
            ["transactions", id] => self.transaction(id),
            _ => not_found("path", path),
        }
    }

    fn account_part(&self, id: &str, part: &[&str], query: &str) -> (u16, Value) {
        let account: AccountId = id.parse().unwrap();
        let height = self.tip.height;
        match part {
            [] => self.account(id),
            ["history"] => self.history(id, query),
            ["orders"] => self.orders(Some(account), ""),
            ["members"] => {
                let key = StateKey::Members(account);
                match self.load::<Members>(&key) {
                    Some(members) => (
                        200,
                        json!({"id": id, "members": members.members, "height": height, "proof": self.proof(&key)}),
                    ),
                    // As the node answers for a group nobody has joined yet.
                    None => (
                        200,
                        json!({"id": id, "members": [], "height": height, "proof": self.proof(&key)}),
                    ),
                }
            }
            ["membership"] => {
                let key = StateKey::Membership(account);
                match self.load::<Membership>(&key) {
                    Some(membership) => (
                        200,
                        json!({"id": id, "membership": membership, "height": height, "proof": self.proof(&key)}),
                    ),
                    None => self.proven_absent("membership", id, &key),
                }
            }
            ["service-record"] => self.service_record(account),
            ["recovery"] => {
                let key = StateKey::Recovery(account);
                match self.load::<RecoveryRecord>(&key) {
                    Some(recovery) => (
                        200,
                        json!({"id": id, "recovery": recovery, "height": height, "proof": self.proof(&key)}),
                    ),
                    None => self.proven_absent("recovery", id, &key),
                }
            }
            ["items"] => {
                let items: ItemCatalogue = self.load(&StateKey::Items(account)).unwrap_or_default();
                (
                    200,
                    json!({"merchant": id, "items": items.items, "height": height}),
                )
            }
            _ => not_found("path", id),
        }
    }

    fn service_record(&self, account: AccountId) -> (u16, Value) {
        let key = StateKey::ServiceRecord(account);
        let id = account.to_string();
        let Some(record) = self.load::<ServiceRecord>(&key) else {
            return self.proven_absent("service_record", &id, &key);
        };
        let (from, to) = StateKey::service_years_range(account);
        let listed = self.state.scan(&from, &to, usize::MAX).unwrap();
        let years: Vec<Value> = listed
            .iter()
            .map(|(key, _)| {
                let (_, year) = service_year_of_key(key).unwrap();
                let key = StateKey::ServiceYear(account, year);
                let record: ServiceYear = self.load(&key).unwrap();
                json!({"year": year, "service_year": record, "proof": self.proof(&key)})
            })
            .collect();
        let holder = StateKey::Membership(account);
        (
            200,
            json!({"id": id, "service_record": record, "years": years, "height": self.tip.height,
                   "membership": self.load::<Membership>(&holder), "proof": self.proof(&key),
                   "membership_proof": self.proof(&holder)}),
        )
    }

    fn blocks_listed(&self) -> Value {
        let items: Vec<Value> = self
            .blocks
            .iter()
            .rev()
            .map(|(block, ..)| {
                json!({"id": block.id(), "header": block.header, "transactions": block.transactions.len()})
            })
            .collect();
        json!({"items": items, "next": null})
    }

    fn status(&self) -> Value {
        let (block, ..) = self.blocks.last().unwrap();
        let now_ms = least_time(&self.state, &self.tip).unwrap().plus_ms(1_000);
        json!({"chain_id": self.tip.chain_id, "purpose": "test", "height": self.tip.height, "block_id": block.id(),
               "time_ms": self.tip.time_ms, "now_ms": now_ms, "state_root": block.header.state_root,
               "catching_up": false, "validators": 4, "peers": 3,
               "mempool": {"transactions": 0, "waiting": 0, "bytes": 0}, "version": "trial", "rules": RULES_VERSION,
               "upgrade": self.load::<UpgradeRecord>(&StateKey::Upgrade)})
    }

    /// The district a query names, or the city.
    fn district(query: &str) -> OrganisationId {
        let named = query
            .split('&')
            .find_map(|part| part.strip_prefix("district="));
        named.map_or(CITY, |district| district.parse().unwrap())
    }

    fn policies(&self, query: &str) -> (u16, Value) {
        let (district, day) = (
            Self::district(query),
            self.genesis.calendar.day(self.tip.time_ms),
        );
        let values: Vec<Value> = PolicyParameter::ALL
            .into_iter()
            .map(|parameter| {
                let (value, set_by) =
                    policy_in_force(&self.state, CITY, district, parameter, day).unwrap();
                json!({"parameter": parameter, "value": value, "set_by": set_by})
            })
            .collect();
        (
            200,
            json!({"district": district, "day": day, "values": values}),
        )
    }

    fn policy_history(&self, query: &str) -> (u16, Value) {
        let district = Self::district(query);
        let mut scopes = vec![CITY];
        scopes.extend((district != CITY).then_some(district));
        let parameters: Vec<Value> = PolicyParameter::ALL
            .into_iter()
            .map(|parameter| {
                let history: Vec<Value> = scopes
                    .iter()
                    .flat_map(|scope| {
                        let key = StateKey::Policy(*scope, parameter);
                        let history: PolicyHistory = self.load(&key).unwrap_or_default();
                        history.entries.into_iter().map(move |entry| {
                            json!({"scope": scope, "from_day": entry.from_day, "value": entry.value})
                        })
                    })
                    .collect();
                json!({"parameter": parameter, "direction": parameter.direction(), "bounds": parameter.bounds(),
                       "default": parameter.default_value(), "history": history})
            })
            .collect();
        let (from, to) = StateKey::catalogue_range();
        let services: Vec<Value> = self
            .state
            .scan(&from, &to, 1_000)
            .unwrap()
            .into_iter()
            .map(|(key, value)| {
                let history: CatalogueHistory = borsh::from_slice(&value).unwrap();
                let history: Vec<Value> = history
                    .entries
                    .iter()
                    .map(|(from_day, entry)| json!({"from_day": from_day, "entry": entry}))
                    .collect();
                json!({"code": service_of_key(&key).unwrap(), "history": history})
            })
            .collect();
        (
            200,
            json!({"district": district, "parameters": parameters, "services": services, "height": self.tip.height}),
        )
    }

    fn queue(&self, pool: PoolId) -> (u16, Value) {
        let queue: ReserveQueue = self.load(&StateKey::ReserveQueue(pool)).unwrap_or_default();
        let items: Vec<Value> = (queue.first..queue.next)
            .map(|number| {
                let claim: ReserveClaim = self.load(&StateKey::ReserveClaim(pool, number)).unwrap();
                json!({"number": number, "claim": claim})
            })
            .collect();
        (200, json!({"items": items, "next": null}))
    }

    fn proven_absent(&self, kind: &str, id: &str, key: &StateKey) -> (u16, Value) {
        let (status, mut answer) = not_found(kind, id);
        answer["proof"] = serde_json::to_value(self.proof(key)).unwrap();
        (status, answer)
    }

    fn account(&self, id: &str) -> (u16, Value) {
        let key = StateKey::Account(id.parse().unwrap());
        match self.load::<AccountRecord>(&key) {
            Some(account) => {
                let height = self.tip.height;
                (
                    200,
                    json!({"id": id, "account": account, "height": height, "proof": self.proof(&key)}),
                )
            }
            None => self.proven_absent("account", id, &key),
        }
    }

    fn history(&self, id: &str, query: &str) -> (u16, Value) {
        let account: AccountId = id.parse().unwrap();
        let record: AccountRecord = self.load(&StateKey::Account(account)).unwrap();
        let from: usize = query
            .split('&')
            .find_map(|part| part.strip_prefix("from="))
            .unwrap()
            .parse()
            .unwrap();
        let all = self.postings.get(&account).cloned().unwrap_or_default();
        // Two at a time, so that a wallet has to ask again.
        let postings: Vec<_> = all.into_iter().skip(from).take(2).collect();
        (
            200,
            json!({"length": record.history.length, "head": record.history.head, "from": from, "postings": postings}),
        )
    }

    fn orders(&self, of: Option<AccountId>, query: &str) -> (u16, Value) {
        let asked = |name: &str| {
            query
                .split('&')
                .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
        };
        let (from, to) = (vec![14], vec![15]);
        let items: Vec<Value> = self
            .state
            .scan(&from, &to, 1_000)
            .unwrap()
            .into_iter()
            .filter_map(|(key, value)| {
                let order: OrderRecord = borsh::from_slice(&value).unwrap();
                let (recipient, provider, payer) = match &order {
                    OrderRecord::Open(open) => (open.recipient, open.stage.provider(), open.payer),
                    OrderRecord::Ended(ended) => (ended.recipient, ended.provider, ended.payer),
                };
                let id = OrderId(key[1..].try_into().unwrap());
                let status = json!(order.status());
                if asked("status").is_some_and(|wanted| status != wanted) {
                    return None;
                }
                let escalated = matches!(&order, OrderRecord::Open(open)
                    if matches!(open.stage, OrderStage::Completed { escalated: true, .. }));
                if asked("escalated").is_some() && !escalated {
                    return None;
                }
                of.is_none_or(|account| {
                    let serves =
                        provider.is_some_and(|it| it.account == account || it.server == account);
                    account == recipient || serves || payer == Payer::Kin(account)
                })
                .then(|| json!({"id": id, "order": order}))
            })
            .collect();
        (200, json!({"items": items, "next": null}))
    }

    fn organisations(&self) -> (u16, Value) {
        let (from, to) = StateKey::organisation_range();
        let items: Vec<Value> = self
            .state
            .scan(&from, &to, 1_000)
            .unwrap()
            .into_iter()
            .map(|(key, value)| {
                let record: OrganisationRecord = borsh::from_slice(&value).unwrap();
                json!({"id": organisation_of_key(&key).unwrap(), "organisation": record})
            })
            .collect();
        (200, json!({"items": items, "next": null}))
    }

    fn organisation(&self, id: &str) -> (u16, Value) {
        let organisation: OrganisationId = id.parse().unwrap();
        let Some(record) = self.load::<OrganisationRecord>(&StateKey::Organisation(organisation))
        else {
            return not_found("organisation", id);
        };
        let staff: Vec<Value> = (0..100)
            .map(|number| StaffId {
                organisation,
                number,
            })
            .filter_map(|staff| {
                let entry: StaffRecord = self.load(&StateKey::Staff(staff))?;
                Some(json!({"staff": staff, "entry": entry}))
            })
            .collect();
        (
            200,
            json!({"id": organisation, "organisation": record, "staff": staff, "height": self.tip.height}),
        )
    }

    fn block(&self, height: Height) -> (u16, Value) {
        let found = self
            .blocks
            .iter()
            .find(|(block, ..)| block.header.height == height);
        match found {
            Some((block, certificate, receipts)) => (
                200,
                json!({"id": block.id(), "block": block, "certificate": certificate, "receipts": receipts}),
            ),
            None => not_found("block", &height.to_string()),
        }
    }

    fn transaction(&self, id: &str) -> (u16, Value) {
        for (block, _, receipts) in &self.blocks {
            for (index, sealed) in block.transactions.iter().enumerate() {
                if sealed.id().to_string() == id {
                    let receipt = receipts
                        .iter()
                        .find(|receipt| receipt.cause == Cause::Transaction(sealed.id()));
                    return (
                        200,
                        json!({"id": id, "state": "applied", "height": block.header.height, "index": index,
                               "time_ms": block.header.time_ms, "envelope": sealed, "receipt": receipt}),
                    );
                }
            }
        }
        not_found("transaction", id)
    }
}
