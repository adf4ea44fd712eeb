"""The counter of a street office: staff sign documents with the keys in their files, and the office hands them in."""

import datetime
import hashlib
import json
import os

import timebank

VALID_FOR_MS = 3_600_000
FINAL_MS = 60_000
DAY_MS = 86_400_000


class Office:
    """Everybody who signs for the city and one of its streets."""

    def __init__(self, settings, network):
        self.network = network
        self.street = settings["street"]
        self.district = settings["district"]
        self.city = settings["city"]
        self.registrar = f"{self.street}/2"
        self.keys = {
            signer: timebank.SigningKey.load(signer, path)
            for signer, path in settings["staff"].items()
        }

    def staff(self, organisation, *numbers):
        return [self.keys[f"{organisation}/{number}"] for number in numbers]

    def now_ms(self):
        return self.network.status_unverified().now_ms

    def apply(self, operation, signers):
        """Asks for `operation` in the name of the first of `signers`; what it made."""
        document = timebank.Document.build(
            self.network.chain_id(), signers[0].signer(), json.dumps(operation), self.now_ms(), VALID_FOR_MS
        )
        return self.hand_in(self.signed(document, signers))

    def signed(self, document, signers):
        for key in signers:
            document = document.signed(key)
        return document

    def hand_in(self, document):
        """Hands a document in and waits until it is in a block; what it made."""
        submitted = self.network.submit(document, FINAL_MS)
        assert submitted.id == document.id(), (submitted, document.id())
        assert submitted.height is not None, submitted
        return document.makes()

    def commitment(self, name):
        """What the registry puts on the ledger for somebody; who it is stays in the office, behind a salt."""
        return hashlib.sha256(os.urandom(32) + name.encode()).hexdigest()

    def open_account(self, received):
        """Registrar and registry sign the document somebody's phone made, and the office hands it in."""
        document = timebank.Document.from_json(received)
        operation = json.loads(document.operation())
        assert operation["kind"] == "open_account" and operation["home"] == self.street, operation
        signers = self.staff(self.street, 2) + self.staff(self.city, 3)
        return self.hand_in(self.signed(document, signers))

    def open_service_budget(self, minutes):
        last_day = datetime.date.fromtimestamp(self.now_ms() / 1000) + datetime.timedelta(days=300)
        operation = {
            "kind": "open_budget",
            "scope": self.city,
            "purpose": "service",
            "minutes": minutes,
            "last_day": last_day.isoformat(),
        }
        return self.apply(operation, self.staff(self.city, 5, 6))

    def verify(self, order, minutes):
        """A social worker finds that the service took place."""
        operation = {"kind": "verify_order", "order": order, "verdict": {"approved": minutes}}
        self.apply(operation, self.staff(self.street, 3))

    def days_pass(self, days):
        """Moves the time of this test chain ahead."""
        operation = {"kind": "advance_time", "to_ms": self.now_ms() + days * DAY_MS + 1_000}
        self.apply(operation, self.staff(self.city, 1, 2))
