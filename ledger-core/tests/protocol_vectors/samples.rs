//! The values whose bytes `docs/protocol.md` shows: operations, records, a posting, a certificate, proofs, a genesis document.

use std::collections::BTreeMap;

use ledger_core::amount::Minutes;
use ledger_core::block::{HEADER_VERSION, Header};
use ledger_core::certificate::{
    CommitCertificate, CommitSignature, Evidence, SignedVote, Vote, VoteStep,
};
use ledger_core::codec::encode;
use ledger_core::genesis::{GENESIS_VERSION, Genesis, GenesisOrganisation, GenesisService};
use ledger_core::hash::Hash;
use ledger_core::id::{
    AccountId, BlockId, BudgetId, Height, ItemCode, OrderId, OrganisationId, ProgrammeCode,
    ServiceCode, StaffId, TransactionId,
};
use ledger_core::proof::{RecordProof, TrustedSet};
use ledger_core::receipt::{Cause, Entry, Owner, Posting};
use ledger_core::record::account::{AccountKind, AccountRecord, History, RatingTotal};
use ledger_core::record::budget::{PoolId, PoolKind};
use ledger_core::record::chain::ChainPurpose;
use ledger_core::record::daily_count::{CountedSigner, DailyCount};
use ledger_core::record::lot::{Lot, Source};
use ledger_core::record::membership::Membership;
use ledger_core::record::order::{
    Approval, Claim, CopiedTerms, OpenOrder, OrderRecord, OrderStage, Payer, Provider, Ratings,
    RejectionReason, Side, Verifiers,
};
use ledger_core::record::organisation::{Level, Role, StaffRecord};
use ledger_core::record::policy::{CatalogueEntry, PolicyParameter, PolicyValue};
use ledger_core::record::proxy::{ProxyHolder, ProxyScope};
use ledger_core::record::service_record::{ServiceRecord, ServiceYear};
use ledger_core::record::supply::SupplyRecord;
use ledger_core::signature::{Purpose, SecretKey};
use ledger_core::state::tree::{prove, update};
use ledger_core::state::{DueEntry, DueWork, MemoryState, StateKey, StateWrites};
use ledger_core::time::{Calendar, Day, TimestampMs};
use ledger_core::transaction::account::{
    AppointProxy, CloseAccount, OpenAccount, Rest, SetMembers,
};
use ledger_core::transaction::attendance::{Attendance, RecordCampaign};
use ledger_core::transaction::dispute::ResolveDispute;
use ledger_core::transaction::government::{SetPolicy, SetStaff, StaffChange};
use ledger_core::transaction::recovery::StartRecovery;
use ledger_core::transaction::service::{OrderTerms, PostOrder, RateOrder, Verdict, VerifyOrder};
use ledger_core::transaction::value::{Grant, Grantees, Redeem};
use ledger_core::transaction::{Operation, Signer};
use ledger_core::validator::{Validator, ValidatorAddress, ValidatorSet};

use super::{ACCOUNT, CHAIN, key};

const OTHER: AccountId = AccountId([0xbb; 20]);
const ORDER: OrderId = OrderId([0xcc; 20]);
const BUDGET: BudgetId = BudgetId([0xdd; 20]);
const DISTRICT: OrganisationId = OrganisationId(320_102);
const OTHER_DISTRICT: OrganisationId = OrganisationId(320_106);
const STREET: OrganisationId = OrganisationId(320_102_001);
const TIME: TimestampMs = TimestampMs(1_700_000_000_000);
const HOUR_MS: u64 = 3_600_000;

fn staff() -> StaffId {
    StaffId {
        organisation: DISTRICT,
        number: 7,
    }
}

fn day() -> Day {
    "2026-11-22".parse().unwrap()
}

/// One operation for each group, by its name in the document.
pub(crate) fn operations() -> Vec<(&'static str, Operation)> {
    let verify = |verdict| {
        Operation::from(VerifyOrder {
            order: ORDER,
            verdict,
        })
    };
    let mut operations = vec![
        (
            "operation.set-policy",
            SetPolicy {
                scope: DISTRICT,
                parameter: PolicyParameter::RedemptionProgrammes,
                value: Some(PolicyValue::Programmes(vec![
                    ProgrammeCode(7),
                    ProgrammeCode(12),
                ])),
                from_day: day(),
            }
            .into(),
        ),
        ("operation.set-staff", set_staff().into()),
        (
            "operation.open-account",
            OpenAccount {
                home: STREET,
                key: Some(key().public_key()),
                identity: Hash([0x44; 32]),
                legal_guardian: None,
            }
            .into(),
        ),
        (
            "operation.appoint-proxy",
            AppointProxy {
                principal: ACCOUNT,
                proxy: ProxyHolder::Clerk(staff()),
                scope: ProxyScope::OrdersAndRedemption,
                minutes_per_month: Minutes(1_200),
                last_day: day(),
            }
            .into(),
        ),
        (
            "operation.post-order",
            PostOrder {
                terms: OrderTerms {
                    recipient: ACCOUNT,
                    service: ServiceCode(1),
                    district: DISTRICT,
                    window_start_ms: TIME,
                    window_end_ms: TIME.plus_ms(8 * HOUR_MS),
                    minutes: Minutes(120),
                    payer: Payer::Kin(OTHER),
                },
            }
            .into(),
        ),
        (
            "operation.verify-order.approved",
            verify(Verdict::Approved(Minutes(105))),
        ),
        (
            "operation.verify-order.rejected",
            verify(Verdict::Rejected(RejectionReason::WrongTimes)),
        ),
        (
            "operation.redeem",
            Redeem {
                holder: ACCOUNT,
                merchant: OTHER,
                item: ItemCode(3),
                minutes: Minutes(90),
            }
            .into(),
        ),
    ];
    operations.extend(later_operations());
    operations
}

/// Those beyond the first slice.
fn later_operations() -> Vec<(&'static str, Operation)> {
    vec![
        (
            "operation.close-account",
            CloseAccount {
                account: ACCOUNT,
                rest: Rest::Kin(OTHER),
            }
            .into(),
        ),
        (
            "operation.start-recovery",
            StartRecovery {
                account: ACCOUNT,
                new_key: key().public_key(),
            }
            .into(),
        ),
        (
            "operation.resolve-dispute",
            ResolveDispute {
                order: ORDER,
                provider_minutes: Minutes(45),
            }
            .into(),
        ),
        (
            "operation.record-campaign",
            RecordCampaign {
                attendance: Attendance {
                    district: DISTRICT,
                    start_ms: TIME,
                    end_ms: TIME.plus_ms(2 * HOUR_MS),
                    participants: vec![OTHER, ACCOUNT],
                    minutes: Minutes(120),
                    budget: BUDGET,
                },
            }
            .into(),
        ),
        (
            "operation.grant",
            Grant {
                budget: BUDGET,
                grantees: Grantees {
                    programme: ProgrammeCode(7),
                    accounts: vec![ACCOUNT, OTHER],
                    minutes: Minutes(600),
                    expiry: Some(day()),
                },
            }
            .into(),
        ),
        (
            "operation.set-members",
            SetMembers {
                group: OTHER,
                add: vec![ACCOUNT],
                remove: Vec::new(),
            }
            .into(),
        ),
        (
            "operation.rate-order",
            RateOrder {
                order: ORDER,
                rated: Side::Provider,
                stars: 5,
            }
            .into(),
        ),
    ]
}

fn set_staff() -> SetStaff {
    let entry = StaffRecord {
        key: key().public_key(),
        roles: vec![Role::Clerk, Role::SocialWorker],
        person: OTHER,
    };
    SetStaff {
        organisation: DISTRICT,
        changes: vec![
            StaffChange {
                number: 7,
                entry: Some(entry),
            },
            StaffChange {
                number: 8,
                entry: None,
            },
        ],
        threshold: 2,
    }
}

pub(crate) fn account() -> AccountRecord {
    let kind = AccountKind::Person {
        identity: Hash([0x44; 32]),
    };
    let mut record = AccountRecord::new(kind, STREET, DISTRICT, Some(key().public_key()));
    record.programmes = vec![ProgrammeCode(7)];
    for (source, expiry, minutes) in [
        (Source::Earned, None, 900),
        (Source::Granted, Some(day()), 120),
    ] {
        let minutes = Minutes(minutes);
        record
            .lots
            .add(Lot {
                source,
                expiry,
                minutes,
            })
            .unwrap();
    }
    record.held = Minutes(60);
    record.service_given = Minutes(900);
    record.open_orders = 1;
    record.kin = 1;
    record.history = History::EMPTY.with(&earned()).unwrap();
    record.transactions_begun = DailyCount {
        day: day(),
        count: 2,
    };
    record
}

/// What [`account`] shows to strangers.
pub(crate) fn membership() -> Membership {
    Membership::of(&account()).unwrap()
}

/// What [`account`] has given in all.
pub(crate) fn service_record() -> ServiceRecord {
    ServiceRecord {
        served: account().service_given,
        honorary: Minutes(120),
        trained: Minutes::ZERO,
        rating: RatingTotal { count: 2, stars: 9 },
    }
}

/// And in one year.
pub(crate) fn service_year() -> ServiceYear {
    let mut year = ServiceYear::default();
    year.change(11, |month| {
        month.add_service(ServiceCode(1), Minutes(300));
        month.add_service(ServiceCode(1), Minutes(480));
        month.campaigns.add(Minutes(120));
        month.honorary.add(Minutes(120));
    });
    year
}

/// What a volunteer's history shows when an order is paid.
pub(crate) fn earned() -> Posting {
    Posting {
        height: Height(6),
        time_ms: TIME,
        cause: Cause::Settlement(ORDER),
        owner: Owner::Account(ACCOUNT),
        entry: Entry::Earned {
            order: ORDER,
            credited: Minutes(900),
            repaid: Minutes(0),
            overflow: Minutes(15),
            served: Minutes(915),
        },
    }
}

pub(crate) fn order() -> OrderRecord {
    OrderRecord::Open(Box::new(OpenOrder {
        recipient: OTHER,
        poster: Signer::Staff(staff()),
        poster_person: AccountId([0xee; 20]),
        service: ServiceCode(1),
        district: DISTRICT,
        window_start_ms: TIME,
        window_end_ms: TIME.plus_ms(8 * HOUR_MS),
        minutes: Minutes(120),
        payer: Payer::Budget(BUDGET),
        held: Default::default(),
        terms: CopiedTerms {
            quantum: Minutes(15),
            multiplier_percent: 100,
            minutes_min: Minutes(15),
            minutes_max: Minutes(480),
            backdating_days: 30,
            dual_verification_above: Minutes(480),
            dispute_window_ms: 72 * HOUR_MS,
            appeal_window_ms: 168 * HOUR_MS,
            lapse_ms: 720 * HOUR_MS,
        },
        clerks: Vec::new(),
        ratings: Ratings {
            of_provider: Some(5),
            of_recipient: None,
        },
        stage: OrderStage::Verified {
            approval: Approval {
                claim: Claim {
                    provider: Provider {
                        account: ACCOUNT,
                        server: ACCOUNT,
                    },
                    start_ms: TIME,
                    end_ms: TIME.plus_ms(2 * HOUR_MS),
                    minutes: Minutes(120),
                    evidence: Hash([0x55; 32]),
                },
                minutes: Minutes(105),
                verifiers: Verifiers {
                    first: AccountId([0xdd; 20]),
                    second: None,
                },
            },
            settles_ms: TIME.plus_ms(80 * HOUR_MS),
        },
    }))
}

pub(crate) fn supply() -> SupplyRecord {
    SupplyRecord {
        budgeted: Minutes(100_000),
        issued_service: Minutes(1_080),
        spendable: Minutes(1_020),
        held: Minutes(60),
        ..SupplyRecord::default()
    }
}

/// One key of each kind, by its name in the document.
pub(crate) fn state_keys() -> Vec<(&'static str, StateKey)> {
    let due = DueEntry {
        due_ms: TIME,
        work: DueWork::Settle(ORDER),
    };
    let pool = PoolId {
        organisation: DISTRICT,
        kind: PoolKind::Donation,
    };
    let reserve = PoolId {
        organisation: DISTRICT,
        kind: PoolKind::Reserve,
    };
    let validator = ValidatorAddress::of(&key().public_key());
    vec![
        ("chain", StateKey::Chain),
        ("validators", StateKey::Validators),
        ("supply", StateKey::Supply),
        ("organisation", StateKey::Organisation(DISTRICT)),
        ("staff", StateKey::Staff(staff())),
        (
            "policy",
            StateKey::Policy(DISTRICT, PolicyParameter::Quantum),
        ),
        ("catalogue", StateKey::Catalogue(ServiceCode(1))),
        ("account", StateKey::Account(ACCOUNT)),
        ("identity", StateKey::Identity(Hash([0x44; 32]))),
        ("kin", StateKey::Kin(ACCOUNT, OTHER)),
        (
            "proxy",
            StateKey::Proxy(ACCOUNT, ProxyHolder::Clerk(staff())),
        ),
        ("items", StateKey::Items(OTHER)),
        ("budget", StateKey::Budget(BUDGET)),
        ("pool", StateKey::Pool(pool)),
        ("order", StateKey::Order(ORDER)),
        ("provider-day", StateKey::ProviderDay(ACCOUNT, day())),
        (
            "pair-month",
            StateKey::PairMonth(ACCOUNT, OTHER, day().month()),
        ),
        (
            "signer-day",
            StateKey::SignerDay(CountedSigner::Staff(staff())),
        ),
        (
            "signer-day.validator",
            StateKey::SignerDay(CountedSigner::Validator(key().public_key())),
        ),
        ("remembered-hour", StateKey::RememberedHour(500_000)),
        (
            "evidence",
            StateKey::Evidence(validator, Height(7), 0, VoteStep::Precommit),
        ),
        ("due", StateKey::Due(due)),
        ("members", StateKey::Members(OTHER)),
        ("recovery", StateKey::Recovery(ACCOUNT)),
        ("upgrade", StateKey::Upgrade),
        (
            "flow",
            StateKey::Flow(day().month(), DISTRICT, OTHER_DISTRICT),
        ),
        (
            "home-moves",
            StateKey::HomeMoves(day().month(), DISTRICT, OTHER_DISTRICT),
        ),
        (
            "district-month",
            StateKey::DistrictMonth(day().month(), DISTRICT),
        ),
        ("clearing", StateKey::Clearing(day().month())),
        (
            "clearing-cosignatures",
            StateKey::ClearingCosignatures(day().month()),
        ),
        ("reserve-queue", StateKey::ReserveQueue(reserve)),
        ("reserve-claim", StateKey::ReserveClaim(reserve, 3)),
        ("month-end", StateKey::MonthEnd(day().month())),
        ("past-kin", StateKey::PastKin(ACCOUNT, OTHER)),
        ("membership", StateKey::Membership(ACCOUNT)),
        ("service-record", StateKey::ServiceRecord(ACCOUNT)),
        ("service-year", StateKey::ServiceYear(ACCOUNT, 2026)),
    ]
}

fn offices() -> Vec<SecretKey> {
    (1..=4)
        .map(|seed| SecretKey::from_seed(&[seed; 32]))
        .collect()
}

pub(crate) fn set() -> ValidatorSet {
    let mut validators: Vec<Validator> = (1..=4)
        .map(|seed| Validator {
            organisation: STREET,
            consensus_key: SecretKey::from_seed(&[seed; 32]).public_key(),
            peer_key: SecretKey::from_seed(&[0x10 + seed; 32]).public_key(),
            power: 1,
        })
        .collect();
    validators.sort_by_key(|validator| validator.consensus_key);
    ValidatorSet::new(validators).unwrap()
}

/// A state of three records.
pub(crate) fn state() -> MemoryState {
    let records = BTreeMap::from([
        (StateKey::Supply.to_bytes(), Some(encode(&supply()))),
        (
            StateKey::Account(ACCOUNT).to_bytes(),
            Some(encode(&account())),
        ),
        (StateKey::Order(ORDER).to_bytes(), Some(encode(&order()))),
    ]);
    let mut state = MemoryState::default();
    let tree = update(&state, &records).unwrap();
    state.apply(&StateWrites {
        records,
        tree,
        ..StateWrites::default()
    });
    state
}

pub(crate) fn header_over_state() -> Header {
    Header {
        version: HEADER_VERSION,
        chain_id: CHAIN,
        height: Height(7),
        time_ms: TIME,
        parent: BlockId(Hash([0x01; 32])),
        proposer: ValidatorAddress::of(&key().public_key()),
        transactions_root: Hash([0x02; 32]),
        receipts_root: Hash([0x03; 32]),
        state_root: state().root(),
        validators_hash: set().set_hash(),
        next_validators_hash: set().set_hash(),
        last_set_change: Height::GENESIS,
    }
}

/// By the three validators with the smallest addresses.
pub(crate) fn certificate() -> CommitCertificate {
    let header = header_over_state();
    let mut certificate = CommitCertificate {
        height: header.height,
        round: 0,
        block_id: header.id(),
        signatures: Vec::new(),
    };
    let mut signatures: Vec<CommitSignature> = offices()
        .iter()
        .map(|office| {
            let validator = ValidatorAddress::of(&office.public_key());
            let vote = certificate.vote(CHAIN, validator);
            CommitSignature {
                validator,
                signature: office.sign(Purpose::Vote, &vote.signed_bytes()),
            }
        })
        .collect();
    signatures.sort_by_key(|signature| signature.validator);
    signatures.truncate(3);
    certificate.signatures = signatures;
    certificate
}

/// Checked here as a client would check it, so that the document never shows a proof that proves nothing.
pub(crate) fn proof(account: AccountId) -> RecordProof {
    let state = state();
    let state_key = StateKey::Account(account);
    let value = (account == ACCOUNT).then(|| encode(&self::account()));
    let proof = RecordProof {
        key: state_key.to_bytes(),
        value,
        tree_proof: prove(&state, &state_key.to_bytes()).unwrap(),
        header: header_over_state(),
        certificate: certificate(),
    };
    let trusted = TrustedSet {
        chain_id: CHAIN,
        since: Height::GENESIS,
        set: set(),
    };
    assert_eq!(
        proof.verify(&state_key, &trusted).unwrap(),
        proof.value.as_deref()
    );
    let mut too_few = proof.clone();
    too_few.certificate.signatures.pop();
    assert!(too_few.verify(&state_key, &trusted).is_err());
    proof
}

pub(crate) fn absent_proof() -> RecordProof {
    proof(OTHER)
}

pub(crate) fn evidence() -> Evidence {
    let vote = |block_id| {
        let vote = Vote {
            chain_id: CHAIN,
            height: Height(7),
            round: 0,
            step: VoteStep::Precommit,
            block_id,
            validator: ValidatorAddress::of(&key().public_key()),
        };
        let signature = key().sign(Purpose::Vote, &vote.signed_bytes());
        SignedVote { vote, signature }
    };
    let evidence = Evidence {
        first: vote(None),
        second: vote(Some(header_over_state().id())),
    };
    evidence.verify(CHAIN, &key().public_key()).unwrap();
    evidence
}

/// The smallest city: one office, one validator, one service.
pub(crate) fn genesis() -> Genesis {
    let city = OrganisationId(320_100);
    let genesis = Genesis {
        version: GENESIS_VERSION,
        purpose: ChainPurpose::Test,
        calendar: Calendar::CHINA,
        time_ms: TIME,
        organisations: vec![GenesisOrganisation {
            organisation: city,
            parent: None,
            level: Level::City,
            threshold: 0,
        }],
        accounts: Vec::new(),
        staff: Vec::new(),
        policies: Vec::new(),
        catalogue: vec![GenesisService {
            code: ServiceCode(1),
            entry: CatalogueEntry {
                minutes_min: Minutes(15),
                minutes_max: Minutes(480),
                multiplier_percent: 100,
            },
        }],
        validators: ValidatorSet::new(vec![Validator {
            organisation: city,
            consensus_key: key().public_key(),
            peer_key: SecretKey::from_seed(&[2; 32]).public_key(),
            power: 1,
        }])
        .unwrap(),
    };
    genesis.state().unwrap();
    genesis
}

/// What is remembered of the one transaction applied in an hour.
pub(crate) fn remembered() -> Hash {
    let id = TransactionId(Hash([0x33; 32]));
    ledger_core::hash::hash(
        ledger_core::hash::Domain::RememberedIds,
        &[Hash::ZERO.as_bytes(), id.0.as_bytes()],
    )
}
