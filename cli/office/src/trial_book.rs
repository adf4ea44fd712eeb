//! For tests: what happens in a trial city, and the book of it.

use std::ops::ControlFlow;

use ledger_core::amount::Minutes;
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, OrderId, OrganisationId, ServiceCode};
use ledger_core::record::order::Payer;
use ledger_core::time::{HOUR_MS, MINUTE_MS, TimestampMs};
use ledger_core::transaction::Signer;
use ledger_core::transaction::service::{AcceptOrder, OrderTerms, PostOrder, RecordService};
use tempfile::TempDir;
use timebank_audit::{Book, BookedBlock, Facts};
use timebank_wallet::Client;
use timebank_wallet::trial::{DISTRICT, TrialCity, account, genesis};

/// A trial city's book, its blocks and what happened.
pub(crate) struct Booked {
    pub(crate) book: Book,
    pub(crate) facts: Facts,
    pub(crate) blocks: Vec<BookedBlock>,
    _folder: TempDir,
}

/// The book of a city as it is now.
pub(crate) fn booked(city: &TrialCity) -> Booked {
    let folder = tempfile::tempdir().unwrap();
    let mut book = Book::open(folder.path(), &genesis()).unwrap();
    let client = Client::without_trust(city.clone());
    book.follow(&mut &client, None, &mut |_| ControlFlow::Continue(()))
        .unwrap();
    let from = ledger_core::id::Height::GENESIS;
    let blocks: Vec<BookedBlock> = book.blocks(from).unwrap().map(Result::unwrap).collect();
    let mut facts = Facts::begin(&genesis());
    for block in &blocks {
        facts.follow(block).unwrap();
    }
    Booked {
        book,
        facts,
        blocks,
        _folder: folder,
    }
}

/// As whom one of the founders signs.
pub(crate) fn person(name: &str) -> Signer {
    Signer::Account(account(name))
}

/// `provider` served `recipient` until now, in `district`; it is verified, and not settled yet.
pub(crate) fn serve(
    city: &TrialCity,
    (provider, recipient): (&str, &str),
    minutes: u64,
    district: OrganisationId,
    payer: Option<Payer>,
) -> OrderId {
    let end_ms = city.time_ms();
    let record = RecordService {
        recipient: account(recipient),
        provider: account(provider),
        member: None,
        service: ServiceCode(1),
        district,
        start_ms: TimestampMs(end_ms.0 - minutes * MINUTE_MS),
        end_ms,
        minutes: Minutes(minutes),
        payer: payer.unwrap_or_else(|| Payer::Budget(city.open_budget(minutes))),
        evidence: Hash::ZERO,
    };
    let signers = [(person(provider), provider), (person(recipient), recipient)];
    let order = OrderId::derive(city.perform(record, &signers));
    city.verify(order, minutes);
    order
}

/// `recipient` asks for an hour that begins `from_h` to `until_h` hours from now.
pub(crate) fn ask(city: &TrialCity, recipient: &str, from_h: u64, until_h: u64) -> OrderId {
    let now_ms = city.time_ms();
    let terms = OrderTerms {
        recipient: account(recipient),
        service: ServiceCode(1),
        district: DISTRICT,
        window_start_ms: now_ms.plus_ms(from_h * HOUR_MS),
        window_end_ms: now_ms.plus_ms(until_h * HOUR_MS),
        minutes: Minutes(60),
        payer: Payer::Budget(city.open_budget(60)),
    };
    let signers = [(person(recipient), recipient)];
    OrderId::derive(city.perform(PostOrder { terms }, &signers))
}

/// `provider` takes on an order.
pub(crate) fn accept(city: &TrialCity, provider: &str, order: OrderId) {
    let provider_account: AccountId = account(provider);
    let accept = AcceptOrder {
        order,
        provider: provider_account,
        member: None,
    };
    city.perform(accept, &[(person(provider), provider)]);
}
