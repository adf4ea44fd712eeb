"""What an app and an office's counter do, with the generated bindings and Python's own library and nothing else.

Run by `testnet/tests/bindings.rs` against four real nodes. Ends with exit code 0 and a last line that says so when
everything was as it should be.
"""

import hashlib
import json
import os
import socket
import subprocess
import sys
import time

import documented
import lying
import timebank
from app import (
    LABEL,
    PASSWORD,
    BrokenHttp,
    FailingStorage,
    OwnHttp,
    OwnStorage,
    Resident,
    watching,
)
from office import Office
from timebank import Ground, Language, Wallet, WalletError

MINUTES = 60
HOUR_MS = 3_600_000
PATIENCE_S = 60


def until(what, holds):
    """Waits until something holds that a node takes a moment for."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not come about within {PATIENCE_S} s"
        time.sleep(0.02)


def expect(code, kind, call):
    """Calls and expects an error with this code, which both languages explain."""
    try:
        got = call()
    except WalletError as error:
        assert isinstance(error, kind), (error, kind)
        assert error.code == code, (error.code, code, error.message_en)
        for text in (error.message_zh, error.message_en, error.remedy_zh, error.remedy_en):
            assert text, error
        assert isinstance(json.loads(error.details), dict), error
        print(f"  {code}: {error.message_en} {error.remedy_en}")
        return error
    raise AssertionError(f"{code} was expected, and this came: {got}")


class City:
    """What the program was given."""

    def __init__(self, path):
        self.path = path
        with open(path, encoding="utf-8") as file:
            self.settings = json.load(file)
        with open(self.settings["genesis"], encoding="utf-8") as file:
            self.genesis = file.read()
        self.nodes = self.settings["nodes"]
        self.folder = self.settings["directory"]
        os.makedirs(self.folder, mode=0o700)

    def place(self, name):
        return os.path.join(self.folder, name)

    def at_all_nodes(self, ground):
        for url in self.nodes:
            ground = ground.with_node(url)
        return ground


def serve(office, elder, volunteer, budget):
    """One service in five steps, each signed by whom it concerns; the order."""
    now_ms = volunteer.wallet.chain_time_ms_unverified()
    terms = timebank.OrderTerms(
        recipient=elder.account,
        service="S01",
        district=office.district,
        window_start_ms=now_ms - 3 * HOUR_MS,
        window_end_ms=now_ms + HOUR_MS,
        minutes=MINUTES,
        payer=timebank.Payer.BUDGET(budget),
    )
    posted = elder.wallet.post_order(LABEL, terms)
    assert elder.wallet.submit(posted).height is not None
    order = posted.makes()
    volunteer.wallet.submit(volunteer.wallet.accept_order(LABEL, order))
    until("the order", lambda: [it.id for it in elder.wallet.orders(LABEL, False).open] == [order])

    # Beginning and end are signed by both: one document travels as a file, the other from screen to camera.
    start = volunteer.wallet.start_order(LABEL, order)
    elder.wallet.submit(elder.signs(start.to_json().encode(), order))
    evidence = hashlib.sha256(os.urandom(32) + b"a photo").hexdigest()
    done = volunteer.wallet.complete_order(
        LABEL, order, now_ms - 2 * HOUR_MS, now_ms - HOUR_MS, evidence
    )
    co_signed = elder.signs(seen_by_a_camera(done.to_bytes(), timebank.QrKind.DOCUMENT), order)
    standing = [need.standing for need in co_signed.needs(Language.ENGLISH)]
    assert timebank.NeedStanding.MISSING not in standing, co_signed.needs(Language.ENGLISH)
    assert sorted(co_signed.signed_by()) == sorted([volunteer.account, elder.account])
    print("  " + elder.wallet.explain(co_signed, Language.CHINESE).sentence)
    elder.wallet.submit(co_signed)
    office.verify(order, MINUTES)
    return order


def seen_by_a_camera(content, kind):
    """The bytes of a content as they arrive by QR codes that are read in any order."""
    parts = timebank.qr_parts(kind, content)
    assert all(timebank.qr_svg(part).startswith("<?xml") for part in parts)
    collector = timebank.QrCollector()
    for part in reversed(parts):
        progress = collector.add(part)
    assert progress.is_COMPLETE(), progress
    assert progress.content.kind == kind
    return progress.content.bytes


def nothing_slips_through(elder, order):
    """What the ledger refuses, what an app gets wrong, and what somebody changed on the way."""
    cancel = elder.wallet.cancel_order(LABEL, order)
    expect("order_status", WalletError.Refused, lambda: elder.wallet.submit(cancel))
    expect("argument_malformed", WalletError.Local, lambda: elder.wallet.order("an order"))

    other = order[:-1] + ("p" if order.endswith("q") else "q")
    altered = cancel.to_json().replace(order, other)
    expect("document_altered", WalletError.Local, lambda: timebank.Document.from_json(altered))
    shown = elder.wallet.explain(elder.wallet.rotate_key(LABEL), Language.ENGLISH)
    expect("document_unexplained", WalletError.Local, lambda: elder.wallet.sign(LABEL, cancel, shown))


def keeps_its_secrets(city, volunteer):
    """The keystore, the words, and a new phone."""
    ground = city.at_all_nodes(Ground.in_folder(city.genesis, city.place("volunteer")))
    assert ground.has_wallet()
    wallet = Wallet.open(ground)
    assert wallet.balance(LABEL).spendable == MINUTES, "reading needs no password"
    gift = lambda: wallet.rotate_key(LABEL)
    expect("keystore_locked", WalletError.Local, gift)
    wrong = lambda: wallet.unlock("another password")
    expect("password_wrong", WalletError.Local, wrong)
    wallet.unlock(PASSWORD)
    gift()

    words = volunteer.wallet.words()
    assert timebank.check_words("".join(words)) == Language.CHINESE
    misread = words[:4] + ["時"] + words[5:]
    expect("mnemonic_word", WalletError.Local, lambda: timebank.check_words("".join(misread)))

    new_phone = subprocess.run(
        [sys.executable, "-B", os.path.join(os.path.dirname(__file__), "restore.py"), city.path, city.place("new")],
        input="".join(words) + "\n" + volunteer.account + "\n",
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = json.loads(new_phone.stdout)
    assert found["spendable"] == MINUTES, found
    assert found["postings"] == len(volunteer.wallet.history(LABEL).postings), found


def catches_lies(city, volunteer, elder):
    """A node between that lies: each lie is caught under its own code."""
    honest = city.nodes[0]
    balance = lambda wallet: wallet.balance(LABEL)
    history = lambda wallet: wallet.history(LABEL)
    other = lying.instead_of(volunteer.account, elder.account, honest)
    lies = [
        ("proof_tree", "altered_record", lying.richer(MINUTES, 10 * MINUTES), balance),
        ("certificate_no_quorum", "too_few_signers", lying.too_few_signers, balance),
        ("proof_missing", "proof_withheld", lying.without_proof, balance),
        ("proof_other_record", "other_record", other, balance),
        ("history_withheld", "history_withheld", lying.hides_the_last_posting, history),
        ("history_reordered", "history_reordered", lying.reverses_the_postings, history),
    ]
    for number, (code, kind, lie, read) in enumerate(lies):
        node = lying.LyingNode(honest, lie)
        wallet = watching(city.genesis, city.place(f"lied-to-{number}"), node.url, volunteer.account)
        expect(code, WalletError.Verification, lambda: read(wallet))
        assert node.told > 0, f"{code}: the node did not lie"
        kept = wallet.lies()
        assert [(it.node, it.kind, it.code) for it in kept] == [(node.url, kind, code)], kept
        assert node.url in kept[0].evidence
        node.close()

    # Among honest nodes the liar is passed over, and named.
    node = lying.LyingNode(honest, lying.richer(MINUTES, 10 * MINUTES))
    ground = Ground.in_folder(city.genesis, city.place("among-four")).with_node(node.url)
    for url in city.nodes[1:]:
        ground = ground.with_node(url)
    wallet = Wallet.create_watching(ground)
    wallet.watch(LABEL, volunteer.account)
    assert wallet.balance(LABEL).spendable == MINUTES
    assert [it.node for it in wallet.lies()] == [node.url]
    node.close()


def proves_to_others(city, volunteer, order):
    """Proof files, checked without a network; every altered byte is found."""
    wallet = volunteer.wallet
    proof = wallet.prove_account(volunteer.account)
    verified = timebank.verify_proof(city.genesis, proof)
    (fact,) = verified.facts
    assert fact.is_ACCOUNT() and fact.account == volunteer.account, fact
    lots = json.loads(fact.json)["lots"]
    assert sum(lot["minutes"] for lot in lots) == MINUTES, lots
    assert wallet.verify_proof(proof).block_id == verified.block_id

    (fact,) = timebank.verify_proof(city.genesis, wallet.prove_order(order)).facts
    assert fact.is_ORDER() and fact.order == order, fact
    (fact, *_) = timebank.verify_proof(city.genesis, wallet.prove_posting(volunteer.account, 0)).facts
    print(f"  {len(proof)} bytes prove {MINUTES} minutes")

    at = proof.index(MINUTES.to_bytes(8, "little"))
    altered = proof[:at] + (10 * MINUTES).to_bytes(8, "little") + proof[at + 8 :]
    check = lambda: timebank.verify_proof(city.genesis, altered)
    error = expect("proof_broken", WalletError.Verification, check)
    assert json.loads(error.details)["link"] == "proof_damaged", error.details


def shows_the_card(city, volunteer):
    """A card at a shop: checked without asking any node, and worth nothing when copied."""
    shop = watching(city.genesis, city.place("shop"), city.nodes[2], volunteer.account)
    until("the shop's newest block", lambda: shop.balance(LABEL).spendable == MINUTES)
    reader = timebank.CardReader(shop)
    card = volunteer.wallet.answer_card(LABEL, seen_by_a_camera(reader.ask(), timebank.QrKind.CHALLENGE))
    member = reader.check(seen_by_a_camera(card, timebank.QrKind.CARD))
    assert member.account == volunteer.account, member
    reader.ask()
    expect("card_other_question", WalletError.Verification, lambda: reader.check(card))
    reader.withdraw()

    shown = volunteer.wallet.show_card(LABEL)
    assert reader.check(shown).account == volunteer.account
    expect("card_shown_before", WalletError.Verification, lambda: reader.check(shown))
    assert len(shown) < 3_000, len(shown)
    print(f"  a card of {len(shown)} bytes")


def brings_its_own(city, volunteer):
    """An app's own HTTP and storage, and what becomes of their failures."""
    transport = OwnHttp(city.nodes[1])
    wallet = Wallet.create_watching(
        Ground.in_storage(city.genesis, OwnStorage()).with_transport(transport)
    )
    wallet.watch(LABEL, volunteer.account)
    assert wallet.balance(LABEL).spendable == MINUTES
    assert transport.asked > 0

    with socket.socket() as taken:
        # Bound, and nobody listens.
        taken.bind(("127.0.0.1", 0))
        nobody = OwnHttp(f"http://127.0.0.1:{taken.getsockname()[1]}")
        for transport in (nobody, BrokenHttp("http://broken")):
            ground = Ground.in_storage(city.genesis, OwnStorage()).with_transport(transport)
            wallet = Wallet.create_watching(ground)
            wallet.watch(LABEL, volunteer.account)
            expect("node_unreachable", WalletError.Network, lambda: wallet.balance(LABEL))

    failing = Ground.in_storage(city.genesis, FailingStorage())
    expect("file_unreadable", WalletError.Local, lambda: Wallet.open(failing))
    expect("file_unreadable", WalletError.Local, failing.has_wallet)
    empty = Ground.in_storage(city.genesis, OwnStorage())
    expect("keystore_missing", WalletError.NotFound, lambda: Wallet.open(empty))


def as_documented(city, office, volunteer):
    """The Python of the manual, as it stands there."""
    reader = {
        "genesis": city.genesis,
        "nodes": city.nodes,
        "folder": city.place("as-documented"),
        "account": volunteer.account,
    }
    first, second = documented.blocks(city.settings["manual"])
    exec(compile(first, "docs/bindings.md", "exec"), reader)
    assert reader["balance"].spendable == MINUTES
    opening = reader["wallet"].open_account("me", office.registrar, office.street, office.commitment("me"), None)
    reader["received"] = opening.to_bytes()
    exec(compile(second, "docs/bindings.md", "exec"), reader)
    assert reader["signed"].signed_by() == opening.signed_by()


def main():
    city = City(sys.argv[1])
    office = Office(city.settings, timebank.Network.connect(city.genesis, city.nodes))

    print("accounts")
    in_folder = Ground.in_folder(city.genesis, city.place("volunteer"))
    volunteer = Resident("volunteer", city.at_all_nodes(in_folder), Language.CHINESE)
    storage = Ground.in_storage(city.genesis, OwnStorage())
    elder = Resident("elder", city.at_all_nodes(storage), Language.ENGLISH)
    for resident in (volunteer, elder):
        assert len(resident.wallet.words()) == 12
        resident.open_account(office)
        print(f"  {resident.account}")

    print("a service")
    order = serve(office, elder, volunteer, office.open_service_budget(10_000))
    print(f"  {order}")
    assert volunteer.spendable() == 0, "not before the days for a dispute are over"
    office.days_pass(3)
    until("the settlement", lambda: volunteer.spendable() > 0)
    balance = volunteer.wallet.balance(LABEL)
    assert (balance.spendable, balance.service_given, balance.status) == (MINUTES, MINUTES, "active")
    assert sum(lot.minutes for lot in balance.lots) == MINUTES
    print(f"  {balance.spendable} minutes, proven by block {balance.proven.height}")

    print("refusals, mistakes, alterations")
    nothing_slips_through(elder, order)
    print("words and passwords")
    keeps_its_secrets(city, volunteer)
    print("proof files")
    proves_to_others(city, volunteer, order)
    print("the card")
    shows_the_card(city, volunteer)
    print("a node that lies")
    catches_lies(city, volunteer, elder)
    print("an app's own HTTP and storage")
    brings_its_own(city, volunteer)
    print("the manual")
    as_documented(city, office, volunteer)
    print("everything was as it should be")


if __name__ == "__main__":
    main()
