//! What the offices do: accounts, budget lines, merchants, kin, programmes and grants, trainings and campaign days.

use ledger_core::amount::Minutes;
use ledger_core::id::{AccountId, BudgetId, ItemCode, OrganisationId, ProgrammeCode};
use ledger_core::record::account::Item;
use ledger_core::record::budget::BudgetPurpose;
use ledger_core::record::kin::Relation;
use ledger_core::record::proxy::{ProxyHolder, ProxyScope};
use ledger_core::time::{Calendar, TimestampMs};
use ledger_core::transaction::account::{AppointProxy, LinkKin, OpenAccount, SetProgrammes};
use ledger_core::transaction::attendance::{Attendance, RecordCampaign, RecordTraining};
use ledger_core::transaction::government::OpenBudget;
use ledger_core::transaction::value::{Grant, Grantees, RegisterMerchant, SetItems};
use ledger_core::transaction::{Operation, Signer};

use super::super::city::{Life, Staff, Who, at, chance, day_of, identity, key};
use super::super::scene::{FOR_GOOD, Merchant, Scene, by};
use crate::random::Random;

/// The programme of those who get minutes from the city.
pub(crate) const PROGRAMME: ProgrammeCode = ProgrammeCode(7);
/// What a merchant's items cost, in minutes; its codes count from 1.
pub(crate) const PRICES: [u64; 5] = [30, 60, 120, 300, 600];
/// Minutes of a budget line: more than the city can use up.
const LINE: Minutes = Minutes(1 << 31);
/// How many days ahead of the last service the budget lines and proxies end.
const BEYOND_DAYS: u32 = 60;

/// Opens everything the city needs before the first service, and everybody's accounts on their days.
pub(crate) fn open(scene: &mut Scene, seed: u64) {
    let line = |scene: &mut Scene, purpose, minute| {
        let last_day = scene.city.size.days + BEYOND_DAYS;
        let operation = OpenBudget {
            scope: scene.city.genesis.organisations[0].organisation,
            purpose,
            minutes: LINE,
            last_day: calendar_day(last_day),
        };
        let signers: Vec<_> = scene.city.treasurers.iter().map(by).collect();
        BudgetId::derive(scene.ask(at(0, minute), operation, &signers))
    };
    scene.lines.service = line(scene, BudgetPurpose::Service, 60);
    scene.lines.training = line(scene, BudgetPurpose::Training, 61);
    scene.lines.campaign = line(scene, BudgetPurpose::Campaign, 62);
    scene.lines.grant = line(scene, BudgetPurpose::Grant, 63);
    for street in 0..scene.city.streets.len() {
        open_merchant(scene, street);
    }
    let mut random = chance(seed, "openings");
    for who in scene.everybody() {
        open_account(scene, &mut random, who);
    }
}

fn calendar_day(day: u32) -> ledger_core::time::Day {
    Calendar::CHINA.day(TimestampMs(at(day, 0)))
}

fn open_merchant(scene: &mut Scene, street: usize) {
    let name = format!("merchant {street}");
    let secret = key(&name);
    let register = RegisterMerchant {
        home: scene.city.streets[street].id,
        key: secret.public_key(),
    };
    let mut signers: Vec<_> = scene.city.treasurers.iter().map(by).collect();
    signers.push((Signer::Key(secret.public_key()), secret.clone()));
    let account = AccountId::derive(scene.ask(at(0, 70), register, &signers));
    let items = (1..).zip(PRICES).map(|(code, minutes)| Item {
        code: ItemCode(code),
        minutes: Minutes(minutes),
    });
    let set = SetItems {
        merchant: account,
        items: items.collect(),
    };
    let signers = [
        (Signer::Account(account), secret.clone()),
        by(&scene.city.treasurers[0]),
    ];
    scene.ask(at(0, 80), set, &signers);
    scene.merchants.push(Merchant {
        account,
        key: secret,
    });
}

fn open_account(scene: &mut Scene, random: &mut Random, who: Who) {
    let street = scene.street_of(who).clone();
    let person = scene.person(who).clone();
    let opened_ms = at(person.opened_day, 9 * 60 + random.below(7 * 60));
    let operation = OpenAccount {
        home: street.id,
        key: person.key.as_ref().map(|key| key.public_key()),
        identity: identity(&person.name),
        legal_guardian: None,
    };
    let mut signers = vec![by(&street.registrar)];
    match &person.key {
        Some(key) => signers.push((Signer::Key(key.public_key()), key.clone())),
        None => signers.push(by(&street.social_workers[0])),
    }
    signers.push(by(&scene.city.registry));
    let opened = scene.ask(opened_ms, operation, &signers);
    scene.city.people[who.0].account = AccountId::derive(opened);
    if person.key.is_none() {
        let appoint = AppointProxy {
            principal: scene.account(who),
            proxy: ProxyHolder::Clerk(street.clerks[person.clerk].id),
            scope: ProxyScope::OrdersAndRedemption,
            minutes_per_month: Minutes(1_200),
            last_day: calendar_day(scene.city.size.days + BEYOND_DAYS),
        };
        let signers = [by(&street.registrar), by(&street.social_workers[0])];
        scene.ask(opened_ms + 60_000, appoint, &signers);
    }
}

/// Links two people as kin on `at_ms`, `parent` as the other's parent.
pub(crate) fn link(scene: &mut Scene, child: Who, parent: Who, relation: Relation, at_ms: u64) {
    let operation = LinkKin {
        account: scene.account(child),
        kin: scene.account(parent),
        relation,
    };
    let registrar = by(&scene.street_of(child).registrar);
    let signers = [scene.consent(child), scene.consent(parent), registrar];
    scene.ask(at_ms, operation, &signers);
    scene.kin.insert((child, parent), at_ms);
    scene.kin.insert((parent, child), at_ms);
}

/// Takes people into the programme and grants each of them `minutes` on `day`, to be spent within `days`.
pub(crate) fn grant(scene: &mut Scene, people: &[Who], minutes: u64, day: u32, days: Option<u32>) {
    for who in people {
        if !scene.in_programme.insert(*who) {
            continue;
        }
        let operation = SetProgrammes {
            account: scene.account(*who),
            programmes: vec![PROGRAMME],
        };
        let street = scene.street_of(*who);
        let signers = [by(&street.registrar), by(&street.social_workers[0])];
        scene.ask(at(day, 10 * 60), operation, &signers);
    }
    let mut accounts: Vec<_> = people.iter().map(|who| scene.account(*who)).collect();
    accounts.sort();
    let operation = Grant {
        budget: scene.lines.grant,
        grantees: Grantees {
            programme: PROGRAMME,
            accounts,
            minutes: Minutes(minutes),
            expiry: days.map(|days| calendar_day(day + days)),
        },
    };
    let signers: Vec<_> = scene.city.treasurers.iter().map(by).collect();
    scene.ask(at(day, 15 * 60), operation, &signers);
    for who in people {
        let last_day = days.map_or(FOR_GOOD, |days| day + days - 1);
        scene.purses[who.0].put(minutes, day + 1, last_day);
    }
}

/// What kind of gathering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gathering {
    Campaign,
    Training,
}

/// Records a gathering that begins at `start_ms`; reported by `organiser` and attested by `worker`.
pub(crate) fn gather(
    scene: &mut Scene,
    gathering: Gathering,
    (organiser, worker): (&Staff, &Staff),
    (district, participants): (OrganisationId, &[Who]),
    (start_ms, minutes, recorded_ms): (u64, u64, u64),
) -> ledger_core::id::TransactionId {
    let end_ms = start_ms + minutes * 60_000;
    for who in participants {
        scene.diary.serves(*who, start_ms, end_ms);
        let from_day = day_of(recorded_ms) + 1;
        scene.purses[who.0].put(minutes, from_day, FOR_GOOD);
    }
    let attendance = Attendance {
        district,
        start_ms: TimestampMs(start_ms),
        end_ms: TimestampMs(end_ms),
        participants: participants.iter().map(|who| scene.account(*who)).collect(),
        minutes: Minutes(minutes),
        budget: match gathering {
            Gathering::Campaign => scene.lines.campaign,
            Gathering::Training => scene.lines.training,
        },
    };
    let operation: Operation = match gathering {
        Gathering::Campaign => RecordCampaign { attendance }.into(),
        Gathering::Training => RecordTraining { attendance }.into(),
    };
    scene.ask(recorded_ms, operation, &[by(organiser), by(worker)])
}

/// Plans the gatherings of the year: trainings of a few dozen, and campaign days of a whole district.
pub(crate) fn plan_gatherings(scene: &mut Scene, seed: u64) {
    let mut random = chance(seed, "gatherings");
    let days = scene.city.size.days;
    for (district, id) in scene.city.districts.clone().into_iter().enumerate() {
        let streets = scene.city.streets.iter();
        let streets: Vec<_> = streets
            .filter(|it| it.district == district)
            .cloned()
            .collect();
        for round in 0..days / 45 {
            let day = 20 + round * 45 + u32::try_from(random.below(25)).unwrap_or(0);
            // One in three is a campaign: snow to clear, a flood, an epidemic.
            let gathering = match round % 3 {
                1 => Gathering::Campaign,
                _ => Gathering::Training,
            };
            let per_mille = match gathering {
                Gathering::Campaign => 450,
                Gathering::Training => 90,
            };
            let start_ms = at(day, 60 * (8 + random.below(6)));
            let minutes = 60 * (2 + random.below(3));
            let end_ms = start_ms + minutes * 60_000;
            let participants: Vec<Who> = scene
                .everybody()
                .filter(|who| scene.district_of(*who) == district)
                .filter(|who| !matches!(scene.person(*who).life, Life::Elder))
                .filter(|who| random.happens(per_mille) && scene.is_about(*who, day))
                .filter(|who| scene.diary.can_serve(*who, start_ms, end_ms))
                .collect();
            if participants.is_empty() {
                continue;
            }
            let street = &streets[random.index(streets.len())];
            let staff = (&street.clerks[0], &street.social_workers[0]);
            let recorded_ms = end_ms + 60_000 * (20 + random.below(2 * 24 * 60));
            let when = (start_ms, minutes, recorded_ms);
            // A record is at most 64 KiB long, far more than a district of the generated city needs.
            gather(scene, gathering, staff, (id, &participants), when);
        }
    }
}

/// The city's grants: some elders get minutes every quarter, to be spent within five months.
pub(crate) fn plan_grants(scene: &mut Scene, seed: u64) {
    let mut random = chance(seed, "grants");
    let granted: Vec<Who> = scene
        .everybody()
        .filter(|who| scene.person(*who).life == Life::Elder && random.happens(300))
        .filter(|who| scene.person(*who).opened_day <= 15)
        .collect();
    for quarter in 0..scene.city.size.days / 91 {
        // Whoever is asked about by a fraud gets the city's grants all the same.
        let people: Vec<Who> = granted.clone();
        if !people.is_empty() {
            grant(scene, &people, 240, 20 + quarter * 91, Some(150));
        }
    }
}
