"""A new phone, as a process of its own: brings a wallet back from the words on paper, which come on standard input."""

import json
import sys

import timebank
from app import LABEL, PASSWORD


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        settings = json.load(file)
    with open(settings["genesis"], encoding="utf-8") as file:
        genesis = file.read()
    words, account = sys.stdin.read().splitlines()
    ground = timebank.Ground.in_folder(genesis, sys.argv[2])
    for url in settings["nodes"]:
        ground = ground.with_node(url)
    wallet = timebank.Wallet.restore(ground, words, PASSWORD, LABEL)
    wallet.attach(LABEL, account)
    history = wallet.history(LABEL)
    print(json.dumps({"spendable": wallet.balance(LABEL).spendable, "postings": len(history.postings)}))


if __name__ == "__main__":
    main()
