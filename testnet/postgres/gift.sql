-- Both balances in the order of their ids, so that no two gifts wait for each other; the column's check guards them.
\set giver random(1, 100000)
\set receiver 1 + (:giver + random(0, 99998)) % 100000
\set minutes random(1, 60)
\set first least(:giver, :receiver)
\set second greatest(:giver, :receiver)
\set of_first case when :giver < :receiver then - :minutes else :minutes end
\set of_second - :of_first
BEGIN;
UPDATE account SET minutes = minutes + :of_first WHERE id = :first;
UPDATE account SET minutes = minutes + :of_second WHERE id = :second;
INSERT INTO posting (id, giver, receiver, minutes, signature)
    VALUES (gen_random_uuid(), :giver, :receiver, :minutes, decode(repeat('5a', 64), 'hex'));
END;
