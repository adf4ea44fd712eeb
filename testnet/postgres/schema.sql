-- The same double entry as a gift on the ledger, in PostgreSQL: two balances and one posting, with the signature kept.
-- Nothing here checks a signature, keeps a history chain, or could be shown to somebody who does not trust this server.
CREATE TABLE account (
    id bigint PRIMARY KEY,
    minutes bigint NOT NULL CHECK (minutes >= 0)
);
CREATE TABLE posting (
    id uuid PRIMARY KEY,
    giver bigint NOT NULL,
    receiver bigint NOT NULL,
    minutes bigint NOT NULL,
    signature bytea NOT NULL CHECK (octet_length(signature) = 64),
    made timestamptz NOT NULL DEFAULT now()
);
INSERT INTO account SELECT number, 1000000 FROM generate_series(1, 100000) AS number;
VACUUM ANALYZE account;
