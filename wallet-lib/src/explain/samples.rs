//! One transaction for every operation, and for every form that reads differently.

use ledger_core::amount::Minutes;
use ledger_core::certificate::{Evidence, SignedVote, Vote, VoteStep};
use ledger_core::hash::Hash;
use ledger_core::id::{
    AccountId, BlockId, BudgetId, ChainId, Height, ItemCode, OrderId, OrganisationId,
    ProgrammeCode, ServiceCode, StaffId,
};
use ledger_core::record::account::Item;
use ledger_core::record::budget::{BudgetPurpose, PoolId, PoolKind};
use ledger_core::record::kin::Relation;
use ledger_core::record::order::{Payer, RejectionReason, ReversalReason, Side};
use ledger_core::record::organisation::{Level, Role, StaffRecord};
use ledger_core::record::policy::{CatalogueEntry, PolicyParameter, PolicyValue};
use ledger_core::record::proxy::{ProxyHolder, ProxyScope};
use ledger_core::record::recovery::Guardian;
use ledger_core::signature::{PublicKey, Purpose, SecretKey};
use ledger_core::time::{DAY_MS, Day, HOUR_MS, MINUTE_MS, TimestampMs};
use ledger_core::transaction::account::{
    AppointProxy, CloseAccount, Freeze, LinkKin, MoveHome, OpenAccount, OpenGroup, Rest,
    RevokeProxy, RotateKey, SetKinAllowance, SetLegalGuardian, SetMembers, SetProgrammes, Unfreeze,
    UnlinkKin,
};
use ledger_core::transaction::attendance::{Attendance, RecordCampaign, RecordTraining};
use ledger_core::transaction::dispute::{Appeal, OpenDispute, ResolveDispute, ReverseOrder};
use ledger_core::transaction::government::{
    AdvanceTime, CosignClearing, FundPool, OpenBudget, RegisterOrganisation, ScheduleUpgrade,
    SetCatalogue, SetPolicy, SetStaff, SetValidators, StaffChange, SubmitEvidence,
};
use ledger_core::transaction::recovery::{
    CancelRecovery, FinishRecovery, SetGuardians, StartRecovery,
};
use ledger_core::transaction::service::{
    AcceptOrder, CancelOrder, CompleteOrder, OrderTerms, PostOrder, RateOrder, RecordService,
    ReportNoShow, StartOrder, Verdict, VerifyOrder,
};
use ledger_core::transaction::value::{
    Donate, Gift, Grant, Grantees, Redeem, RegisterMerchant, SetItems, SettleMerchant, SpendPool,
};
use ledger_core::transaction::{Operation, Signer, TRANSACTION_VERSION, Transaction};
use ledger_core::validator::{Validator, ValidatorAddress};

pub(crate) const CHEN: AccountId = AccountId([0xaa; 20]);
pub(crate) const MOTHER: AccountId = AccountId([0xbb; 20]);
pub(crate) const ORDER: OrderId = OrderId([0xcc; 20]);
const BUDGET: BudgetId = BudgetId([0xdd; 20]);
const CITY: OrganisationId = OrganisationId(320_100);
const DISTRICT: OrganisationId = OrganisationId(320_102);
const STREET: OrganisationId = OrganisationId(320_102_001);
/// 2026-11-22, a Sunday, 14:05 by the city's clocks.
pub(crate) const TIME: TimestampMs = TimestampMs(1_795_327_500_000);
const POOL: PoolId = PoolId {
    organisation: DISTRICT,
    kind: PoolKind::Donation,
};

fn key(seed: u8) -> PublicKey {
    SecretKey::from_seed(&[seed; 32]).public_key()
}

fn clerk() -> StaffId {
    StaffId {
        organisation: STREET,
        number: 7,
    }
}

fn day() -> Day {
    "2026-12-31".parse().unwrap()
}

/// `operation`, asked for by Chen.
pub(crate) fn transaction(operation: impl Into<Operation>) -> Transaction {
    Transaction {
        chain_id: ChainId(Hash([0x11; 32])),
        version: TRANSACTION_VERSION,
        signer: Signer::Account(CHEN),
        valid_until_ms: TIME.plus_ms(DAY_MS),
        nonce: [0x22; 16],
        operation: operation.into(),
    }
}

/// At least one for every kind of operation.
pub(crate) fn transactions() -> Vec<Transaction> {
    let operations = [government(), people(), recovery(), services(), values()];
    let mut transactions: Vec<Transaction> =
        operations.into_iter().flatten().map(transaction).collect();
    for signer in [Signer::Staff(clerk()), Signer::Key(key(9))] {
        let mut other = transaction(StartOrder { order: ORDER });
        other.signer = signer;
        transactions.push(other);
    }
    transactions
}

fn government() -> Vec<Operation> {
    let policy = |parameter, value| {
        Operation::from(SetPolicy {
            scope: DISTRICT,
            parameter,
            value,
            from_day: day(),
        })
    };
    let catalogue = |entry| {
        Operation::from(SetCatalogue {
            code: ServiceCode(1),
            entry,
            from_day: day(),
        })
    };
    vec![
        RegisterOrganisation {
            organisation: STREET,
            parent: DISTRICT,
            level: Level::Street,
        }
        .into(),
        set_staff().into(),
        policy(
            PolicyParameter::RedemptionProgrammes,
            Some(PolicyValue::Programmes(vec![
                ProgrammeCode(7),
                ProgrammeCode(12),
            ])),
        ),
        policy(
            PolicyParameter::RedemptionProgrammes,
            Some(PolicyValue::Programmes(Vec::new())),
        ),
        policy(
            PolicyParameter::DisputeWindowMs,
            Some(PolicyValue::Number(36 * HOUR_MS)),
        ),
        policy(PolicyParameter::Cap, Some(PolicyValue::Number(60_000))),
        policy(PolicyParameter::Cap, None),
        catalogue(Some(CatalogueEntry {
            minutes_min: Minutes(15),
            minutes_max: Minutes(480),
            multiplier_percent: 150,
        })),
        catalogue(None),
        SetValidators {
            validators: vec![Validator {
                organisation: STREET,
                consensus_key: key(1),
                peer_key: key(2),
                power: 1,
            }],
        }
        .into(),
        OpenBudget {
            scope: CITY,
            purpose: BudgetPurpose::Service,
            minutes: Minutes(100_000),
            last_day: day(),
        }
        .into(),
        FundPool {
            budget: BUDGET,
            pool: POOL,
            minutes: Minutes(6_000),
        }
        .into(),
        SubmitEvidence {
            evidence: evidence(),
        }
        .into(),
        AdvanceTime {
            to_ms: TIME.plus_ms(1),
        }
        .into(),
        ScheduleUpgrade {
            version: 2,
            from_day: day(),
        }
        .into(),
        CosignClearing {
            month: day().month(),
            hash: Hash([0x66; 32]),
        }
        .into(),
    ]
}

fn set_staff() -> SetStaff {
    let entry = StaffRecord {
        key: key(3),
        roles: vec![Role::Clerk, Role::SocialWorker],
        person: MOTHER,
    };
    let change = |number, entry| StaffChange { number, entry };
    SetStaff {
        organisation: STREET,
        changes: vec![change(7, Some(entry)), change(8, None)],
        threshold: 2,
    }
}

fn evidence() -> Evidence {
    let office = SecretKey::from_seed(&[1; 32]);
    let vote = |block_id| {
        let vote = Vote {
            chain_id: ChainId(Hash([0x11; 32])),
            height: Height(7),
            round: 1,
            step: VoteStep::Precommit,
            block_id,
            validator: ValidatorAddress::of(&office.public_key()),
        };
        let signature = office.sign(Purpose::Vote, &vote.signed_bytes());
        SignedVote { vote, signature }
    };
    Evidence {
        first: vote(None),
        second: vote(Some(BlockId(Hash([0x77; 32])))),
    }
}

fn people() -> Vec<Operation> {
    let open = |key, legal_guardian| {
        Operation::from(OpenAccount {
            home: STREET,
            key,
            identity: Hash([0x44; 32]),
            legal_guardian,
        })
    };
    let allowance = |minutes| {
        Operation::from(SetKinAllowance {
            payer: CHEN,
            kin: MOTHER,
            minutes_per_month: Minutes(minutes),
            last_day: day(),
        })
    };
    let proxy = |proxy, scope| {
        Operation::from(AppointProxy {
            principal: MOTHER,
            proxy,
            scope,
            minutes_per_month: Minutes(1_200),
            last_day: day(),
        })
    };
    let guardian = |guardian| {
        Operation::from(SetLegalGuardian {
            account: CHEN,
            guardian,
        })
    };
    let close = |rest| {
        Operation::from(CloseAccount {
            account: CHEN,
            rest,
        })
    };
    vec![
        open(Some(key(4)), None),
        open(None, Some(MOTHER)),
        RotateKey {
            account: CHEN,
            new_key: key(5),
        }
        .into(),
        LinkKin {
            account: CHEN,
            kin: MOTHER,
            relation: Relation::Parent,
        }
        .into(),
        UnlinkKin {
            account: CHEN,
            kin: MOTHER,
        }
        .into(),
        allowance(600),
        allowance(0),
        proxy(ProxyHolder::Clerk(clerk()), ProxyScope::OrdersAndRedemption),
        proxy(ProxyHolder::Account(CHEN), ProxyScope::Orders),
        RevokeProxy {
            principal: MOTHER,
            proxy: ProxyHolder::Account(CHEN),
        }
        .into(),
        guardian(Some(MOTHER)),
        guardian(None),
        OpenGroup {
            home: STREET,
            key: key(6),
        }
        .into(),
        SetMembers {
            group: AccountId([0xee; 20]),
            add: vec![CHEN],
            remove: vec![MOTHER],
        }
        .into(),
        SetProgrammes {
            account: CHEN,
            programmes: vec![ProgrammeCode(7)],
        }
        .into(),
        MoveHome {
            account: CHEN,
            new_home: STREET,
        }
        .into(),
        Freeze { account: CHEN }.into(),
        Unfreeze { account: CHEN }.into(),
        close(Rest::Kin(MOTHER)),
        close(Rest::Estate(MOTHER)),
        close(Rest::Donation),
    ]
}

fn recovery() -> Vec<Operation> {
    let account = CHEN;
    vec![
        SetGuardians {
            account,
            guardians: vec![Guardian::Account(MOTHER), Guardian::Office(STREET)],
            threshold: 2,
            delay_ms: 73 * HOUR_MS,
        }
        .into(),
        SetGuardians {
            account,
            guardians: Vec::new(),
            threshold: 0,
            delay_ms: 0,
        }
        .into(),
        StartRecovery {
            account,
            new_key: key(7),
        }
        .into(),
        CancelRecovery { account }.into(),
        FinishRecovery { account }.into(),
    ]
}

/// What is ordered, paid by `payer`.
pub(crate) fn terms(payer: Payer) -> OrderTerms {
    OrderTerms {
        recipient: MOTHER,
        service: ServiceCode(1),
        district: DISTRICT,
        window_start_ms: TIME,
        window_end_ms: TIME.plus_ms(8 * HOUR_MS),
        minutes: Minutes(90),
        payer,
    }
}

/// A paper record of a group's service, paid by `payer`.
pub(crate) fn record(member: Option<AccountId>, payer: Payer) -> RecordService {
    RecordService {
        recipient: MOTHER,
        provider: CHEN,
        member,
        service: ServiceCode(1),
        district: DISTRICT,
        start_ms: TIME,
        end_ms: TIME.plus_ms(60 * MINUTE_MS),
        minutes: Minutes(60),
        payer,
        evidence: Hash([0x55; 32]),
    }
}

fn services() -> Vec<Operation> {
    let order = ORDER;
    let accept = |member| {
        Operation::from(AcceptOrder {
            order,
            provider: CHEN,
            member,
        })
    };
    let verify = |verdict| Operation::from(VerifyOrder { order, verdict });
    let attendance = || Attendance {
        district: DISTRICT,
        start_ms: TIME,
        end_ms: TIME.plus_ms(2 * HOUR_MS),
        participants: vec![MOTHER, CHEN],
        minutes: Minutes(120),
        budget: BUDGET,
    };
    let post = |payer| {
        Operation::from(PostOrder {
            terms: terms(payer),
        })
    };
    vec![
        post(Payer::Recipient),
        post(Payer::Kin(CHEN)),
        post(Payer::Budget(BUDGET)),
        accept(None),
        accept(Some(MOTHER)),
        StartOrder { order }.into(),
        CompleteOrder {
            order,
            start_ms: TIME,
            end_ms: TIME.plus_ms(90 * MINUTE_MS),
            evidence: Hash([0x55; 32]),
        }
        .into(),
        CancelOrder { order }.into(),
        verify(Verdict::Approved(Minutes(75))),
        verify(Verdict::Rejected(RejectionReason::WrongTimes)),
        record(None, Payer::Recipient).into(),
        record(Some(MOTHER), Payer::Kin(CHEN)).into(),
        ReportNoShow {
            order,
            absent: Side::Recipient,
        }
        .into(),
        ReportNoShow {
            order,
            absent: Side::Provider,
        }
        .into(),
        RateOrder {
            order,
            rated: Side::Provider,
            stars: 5,
        }
        .into(),
        OpenDispute { order }.into(),
        ResolveDispute {
            order,
            provider_minutes: Minutes(45),
        }
        .into(),
        Appeal { order }.into(),
        ReverseOrder {
            order,
            reason: ReversalReason::StolenKey,
        }
        .into(),
        RecordTraining {
            attendance: attendance(),
        }
        .into(),
        RecordCampaign {
            attendance: attendance(),
        }
        .into(),
    ]
}

fn values() -> Vec<Operation> {
    let grantees = |expiry| Grantees {
        programme: ProgrammeCode(7),
        accounts: vec![CHEN, MOTHER],
        minutes: Minutes(600),
        expiry,
    };
    vec![
        Gift {
            from: CHEN,
            to: MOTHER,
            minutes: Minutes(90),
        }
        .into(),
        Donate {
            from: CHEN,
            pool: POOL,
            minutes: Minutes(60),
        }
        .into(),
        RegisterMerchant {
            home: STREET,
            key: key(8),
        }
        .into(),
        SetItems {
            merchant: MOTHER,
            items: vec![Item {
                code: ItemCode(3),
                minutes: Minutes(480),
            }],
        }
        .into(),
        Redeem {
            holder: CHEN,
            merchant: MOTHER,
            item: ItemCode(3),
            minutes: Minutes(480),
        }
        .into(),
        Grant {
            budget: BUDGET,
            grantees: grantees(Some(day())),
        }
        .into(),
        SpendPool {
            pool: POOL,
            grantees: grantees(None),
        }
        .into(),
        SettleMerchant {
            merchant: MOTHER,
            minutes: Minutes(480),
        }
        .into(),
    ]
}
