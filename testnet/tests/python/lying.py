"""A node that lies: a server between a wallet and an honest node, which alters what passes through it."""

import http.server
import json
import threading
import urllib.error
import urllib.request

TIMEOUT_S = 90
HEADERS = ("accept", "content-type")


class LyingNode:
    """Passes requests on to the node at `honest`; `lie(path, answer)` may alter an answer that is JSON."""

    def __init__(self, honest, lie=None):
        self.honest = honest
        self.lie = lie
        self.told = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.serve(self, None)

            def do_POST(self):
                outer.serve(self, self.rfile.read(int(self.headers.get("content-length", 0))))

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def serve(self, handler, body):
        headers = {name: handler.headers[name] for name in HEADERS if handler.headers[name]}
        request = urllib.request.Request(self.honest + handler.path, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                status, kind, content = answer.status, answer.headers["content-type"], answer.read()
        except urllib.error.HTTPError as answer:
            status, kind, content = answer.code, answer.headers["content-type"], answer.read()
        content = self.altered(handler.path, kind, content)
        handler.send_response(status)
        handler.send_header("content-type", kind or "application/json")
        handler.send_header("content-length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def altered(self, path, kind, content):
        if self.lie is None or "json" not in (kind or ""):
            return content
        answer = json.loads(content)
        before = json.dumps(answer)
        answer = self.lie(path, answer)
        if json.dumps(answer) == before:
            return content
        self.told += 1
        return json.dumps(answer).encode()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def little_endian(minutes):
    return minutes.to_bytes(8, "little").hex()


def richer(true, false):
    """Says `false` minutes wherever there are `true`, for people to read and in the proven bytes alike."""

    def lie(path, answer):
        proof = answer.get("proof")
        if proof and proof.get("value"):
            proof["value"] = proof["value"].replace(little_endian(true), little_endian(false))
            answer = more_for_the_eye(answer, true, false)
        return answer

    return lie


def more_for_the_eye(answer, true, false):
    """The same answer with other numbers in everything but the proof."""
    proof = answer.pop("proof")
    answer = json.loads(json.dumps(answer).replace(f": {true}", f": {false}"))
    answer["proof"] = proof
    return answer


def richer_for_the_eye_only(true, false):
    def lie(path, answer):
        return more_for_the_eye(answer, true, false) if answer.get("proof") else answer

    return lie


def too_few_signers(path, answer):
    """Leaves out signatures of the certificate."""
    proof = answer.get("proof")
    if proof:
        proof["certificate"]["signatures"] = proof["certificate"]["signatures"][:1]
    return answer


def of_another_chain(path, answer):
    proof = answer.get("proof")
    if proof:
        proof["header"]["chain_id"] = "11" * 32
    return answer


def without_proof(path, answer):
    answer.pop("proof", None)
    return answer


def instead_of(wanted, shown, node):
    """Answers about the account `shown` when `wanted` is asked for, with a proof that holds."""

    def lie(path, answer):
        if wanted not in path:
            return answer
        with urllib.request.urlopen(node + path.replace(wanted, shown), timeout=TIMEOUT_S) as other:
            return json.load(other)

    return lie


def hides_the_last_posting(path, answer):
    if "/history" in path and answer.get("postings"):
        answer["postings"].pop()
    return answer


def reverses_the_postings(path, answer):
    if "/history" in path and len(answer.get("postings", [])) > 1:
        answer["postings"].reverse()
    return answer
