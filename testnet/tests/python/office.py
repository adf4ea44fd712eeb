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
        self.keys = {
            signer: timebank.SigningKey.load(signer, path)
            for signer, path in settings["staff"].items()
        }

    def staff(self, organisation, number):
        return self.keys[f"{organisation}/{number}"]

    def document(self, operation, signers):
        """A document that asks for `operation`, signed by `signers`; the first of them asks."""
        now_ms = self.network.status_unverified().now_ms
        document = timebank.Document.build(
            self.network.chain_id(), signers[0].signer(), json.dumps(operation), now_ms, VALID_FOR_MS
        )
        for key in signers:
            document = document.signed(key)
        return document

    def apply(self, document):
        """Hands a document in and waits until it is in a block; what it made."""
        submitted = self.network.submit(document, FINAL_MS)
        assert submitted.id == document.id(), (submitted, document.id())
        assert submitted.height is not None, submitted
        return document.makes()

    def open_service_budget(self, minutes):
        now_ms = self.network.status_unverified().now_ms
        last_day = datetime.date.fromtimestamp(now_ms / 1000) + datetime.timedelta(days=300)
        operation = {
            "kind": "open_budget",
            "scope": self.city,
            "purpose": "service",
            "minutes": minutes,
            "last_day": last_day.isoformat(),
        }
        treasurers = [self.staff(self.city, 5), self.staff(self.city, 6)]
        return self.apply(self.document(operation, treasurers))

    def opening(self, public_key):
        """The document by which the holder of `public_key` gets an account; the holder has yet to sign it."""
        # Whose it is stays with the registry, behind a salt.
        commitment = hashlib.sha256(os.urandom(32) + public_key.encode()).hexdigest()
        operation = {
            "kind": "open_account",
            "home": self.street,
            "key": public_key,
            "identity": commitment,
            "legal_guardian": None,
        }
        return self.document(operation, [self.staff(self.street, 2), self.staff(self.city, 3)])

    def verify(self, order, minutes):
        operation = {"kind": "verify_order", "order": order, "verdict": {"approved": minutes}}
        self.apply(self.document(operation, [self.staff(self.street, 3)]))

    def days_pass(self, days):
        """Moves the time of this test chain ahead."""
        now_ms = self.network.status_unverified().now_ms
        operation = {"kind": "advance_time", "to_ms": now_ms + days * DAY_MS + 1_000}
        self.apply(self.document(operation, [self.staff(self.city, 1), self.staff(self.city, 2)]))
