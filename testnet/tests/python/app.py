"""An app of residents: a phone with a wallet, and what a phone brings along by itself."""

import os
import threading
import urllib.error
import urllib.request

import timebank

PASSWORD = "a long password"
LABEL = "me"
FIRST_READ_AGE_MS = 3_600_000


class OwnStorage(timebank.Storage):
    """An app's own place to keep things, in place of a folder."""

    def __init__(self):
        self.values = {}
        self.lock = threading.Lock()

    def load(self, name):
        with self.lock:
            return self.values.get(name)

    def store(self, name, bytes):
        with self.lock:
            self.values[name] = bytes

    def remove(self, name):
        with self.lock:
            self.values.pop(name, None)

    def names(self, prefix):
        with self.lock:
            return sorted(name for name in self.values if name.startswith(prefix))


class FailingStorage(OwnStorage):
    """A place that is there and cannot be read."""

    def load(self, name):
        raise timebank.StorageError.Failed("the keychain is locked")


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


class BrokenHttp(OwnHttp):
    """An app with a mistake in it."""

    def request(self, request):
        raise RuntimeError("an app's own mistake")


class Resident:
    """Somebody with a phone."""

    def __init__(self, name, ground, language):
        self.name = name
        self.wallet = timebank.Wallet.create(ground, language, PASSWORD, LABEL)
        self.account = None

    def open_account(self, office):
        identity = office.commitment(self.name)
        document = self.wallet.open_account(LABEL, office.registrar, office.street, identity, None)
        made = office.open_account(document.to_json())
        self.account = self.wallet.attach_opened(LABEL, document)
        assert self.account == made, (self.account, made)

    def spendable(self):
        return self.wallet.balance(LABEL).spendable

    def signs(self, received, names):
        """What a phone does with a document it received: shows what it says, then signs it."""
        document = timebank.Document.read(received)
        for language in timebank.Language:
            explanation = self.wallet.explain(document, language)
            assert explanation.title and explanation.sentence and explanation.lines, explanation
            assert names in explanation.text, explanation.text
            assert explanation.id == document.id()
        return self.wallet.sign(LABEL, document, explanation)


def watching(genesis, folder, node, account):
    """A wallet that has no keys and only watches `account`, by one node."""
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    ground = timebank.Ground.in_folder(genesis, folder).with_node(node)
    wallet = timebank.Wallet.create_watching(ground)
    wallet.watch(LABEL, account)
    return wallet
