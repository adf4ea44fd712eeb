"""An app and an office's counter, written with the generated bindings and Python's own library and nothing else.

Run by `testnet/tests/bindings.rs` against four real nodes. Ends with exit code 0 and a last line that says so when
everything was as it should be.
"""

import hashlib
import json
import os
import socket
import sys
import time
import urllib.error
import urllib.request

import lying
import timebank
from office import FINAL_MS, VALID_FOR_MS, Office

MINUTES = 60
HOUR_MS = 3_600_000
ANY_AGE_MS = 2**63
PATIENCE_S = 60


class Resident:
    """Somebody with a phone."""

    def __init__(self, name, folder, network):
        self.network = network
        self.key = timebank.SigningKey.create(os.path.join(folder, f"{name}.key"))
        self.path = os.path.join(folder, f"{name}.key")
        self.account = None

    def open_account(self, office):
        document = office.opening(self.key.public_key()).signed(self.key)
        self.account = office.apply(document)
        self.key = timebank.SigningKey.load(self.account, self.path)

    def document(self, operation):
        now_ms = self.network.status_unverified().now_ms
        document = timebank.Document.build(
            self.network.chain_id(), self.account, json.dumps(operation), now_ms, VALID_FOR_MS
        )
        return document.signed(self.key)


def spendable(network, account):
    record = json.loads(network.account(account, ANY_AGE_MS).json)
    return sum(lot["minutes"] for lot in record["lots"])


def serve(office, elder, volunteer, budget):
    """One service in five steps, each signed by whom it concerns; the order."""
    network = office.network
    now_ms = network.status_unverified().now_ms
    terms = {
        "recipient": elder.account,
        "service": "S01",
        "district": office.district,
        "window_start_ms": now_ms - 3 * HOUR_MS,
        "window_end_ms": now_ms + HOUR_MS,
        "minutes": MINUTES,
        "payer": {"budget": budget},
    }
    order = office.apply(elder.document({"kind": "post_order", "terms": terms}))
    accept = {"kind": "accept_order", "order": order, "provider": volunteer.account, "member": None}
    office.apply(volunteer.document(accept))

    # Beginning and end are signed by both: the document travels from one phone to the other.
    start = volunteer.document({"kind": "start_order", "order": order})
    office.apply(signs(elder, start.to_json(), order))
    complete = {
        "kind": "complete_order",
        "order": order,
        "start_ms": now_ms - 2 * HOUR_MS,
        "end_ms": now_ms - HOUR_MS,
        "evidence": hashlib.sha256(os.urandom(32) + b"a photo").hexdigest(),
    }
    office.apply(signs(elder, volunteer.document(complete).to_json(), order))
    office.verify(order, MINUTES)
    return order


def signs(resident, received, order):
    """What a phone does with a document it received: shows what it says, then signs it."""
    document = timebank.Document.from_json(received)
    for language in timebank.Language:
        explanation = document.explain(language)
        assert explanation.title and explanation.sentence and explanation.lines, explanation
        assert order in explanation.text, explanation.text
        assert explanation.id == document.id()
    print("    " + document.explain(timebank.Language.CHINESE).sentence)
    return document.signed(resident.key)


def expect(code, kind, call):
    """Calls and expects an error with this code, which both languages explain."""
    try:
        got = call()
    except timebank.WalletError as error:
        assert isinstance(error, kind), (error, kind)
        assert error.code == code, (error.code, code, error.message_en)
        for text in (error.message_zh, error.message_en, error.remedy_zh, error.remedy_en):
            assert text, error
        print(f"  {code}: {error.message_en} {error.remedy_en}")
        return error
    raise AssertionError(f"{code} was expected, and this came: {got}")


def catches_lies(settings, genesis, volunteer, elder):
    """A node between that lies: each lie is caught under its own code."""
    honest = settings["nodes"][0]
    verification = timebank.WalletError.Verification
    lies = [
        ("proof_tree", lying.richer(MINUTES, 10 * MINUTES)),
        ("certificate_no_quorum", lying.too_few_signers),
        ("proof_missing", lying.without_proof),
        ("proof_other_record", lying.instead_of(volunteer.account, elder.account, honest)),
    ]
    for code, lie in lies:
        node = lying.LyingNode(honest, lie)
        wallet = timebank.Network.connect(genesis, [node.url])
        expect(code, verification, lambda: wallet.account(volunteer.account, ANY_AGE_MS))
        assert node.told > 0, f"{code}: the node did not lie"
        node.close()

    # What is beside the proof is for the eye and is not believed.
    node = lying.LyingNode(honest, lying.richer_for_the_eye_only(MINUTES, 10 * MINUTES))
    wallet = timebank.Network.connect(genesis, [node.url])
    assert spendable(wallet, volunteer.account) == MINUTES
    assert node.told > 0
    node.close()


class OwnHttp(timebank.Transport):
    """An app's own HTTP in place of the library's."""

    def __init__(self, url):
        self.url = url
        self.asked = 0

    def node(self):
        return self.url

    def request(self, request):
        self.asked += 1
        headers = {"accept": request.accept}
        if request.content_type:
            headers["content-type"] = request.content_type
        sent = urllib.request.Request(
            self.url + request.path,
            data=request.body if request.method == "POST" else None,
            headers=headers,
            method=request.method,
        )
        try:
            with urllib.request.urlopen(sent, timeout=request.timeout_ms / 1000) as answer:
                return timebank.HttpResponse(status=answer.status, retry_after_s=None, body=answer.read())
        except urllib.error.HTTPError as answer:
            return timebank.HttpResponse(status=answer.code, retry_after_s=None, body=answer.read())
        except OSError as error:
            raise timebank.TransportError.Unreachable(str(error)) from error


class Broken(OwnHttp):
    def request(self, request):
        raise RuntimeError("an app's own mistake")


def brings_its_own_http(settings, genesis, account):
    transport = OwnHttp(settings["nodes"][1])
    network = timebank.Network.connect_over(genesis, transport)
    # This node may be a block behind the one that was asked until now.
    until("the same balance at another node", lambda: spendable(network, account) == MINUTES)
    assert transport.asked > 0
    with socket.socket() as taken:
        # Bound, and nobody listens.
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        nobody = timebank.Network.connect_over(genesis, OwnHttp(url))
        expect("node_unreachable", timebank.WalletError.Network, nobody.status_unverified)
    broken = timebank.Network.connect_over(genesis, Broken("http://broken"))
    expect("node_unreachable", timebank.WalletError.Network, broken.status_unverified)


def until(what, holds):
    """Waits until something holds that a node takes a moment for."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not come about within {PATIENCE_S} s"
        time.sleep(0.02)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        settings = json.load(file)
    with open(settings["genesis"], encoding="utf-8") as file:
        genesis = file.read()
    os.makedirs(settings["directory"], mode=0o700)
    network = timebank.Network.connect(genesis, settings["nodes"])
    office = Office(settings, network)

    print("accounts")
    volunteer = Resident("volunteer", settings["directory"], network)
    elder = Resident("elder", settings["directory"], network)
    for resident in (volunteer, elder):
        resident.open_account(office)
        print(f"  {resident.account}")

    print("a service")
    budget = office.open_service_budget(10_000)
    order = serve(office, elder, volunteer, budget)
    print(f"  {order}")
    assert spendable(network, volunteer.account) == 0, "not before the days for a dispute are over"
    office.days_pass(3)
    until("the settlement", lambda: spendable(network, volunteer.account) > 0)
    assert spendable(network, volunteer.account) == MINUTES

    print("refusals and mistakes")
    again = {"kind": "cancel_order", "order": order}
    expect(
        "order_status",
        timebank.WalletError.Refused,
        lambda: network.submit(elder.document(again), FINAL_MS),
    )
    expect(
        "argument_malformed",
        timebank.WalletError.Local,
        lambda: network.account("nobody", ANY_AGE_MS),
    )

    other = order[:-1] + ("p" if order.endswith("q") else "q")
    altered = elder.document(again).to_json().replace(order, other)
    expect("document_altered", timebank.WalletError.Local, lambda: timebank.Document.from_json(altered))

    print("a node that lies")
    catches_lies(settings, genesis, volunteer, elder)

    print("an app's own HTTP")
    brings_its_own_http(settings, genesis, volunteer.account)

    print("everything was as it should be")


if __name__ == "__main__":
    main()
