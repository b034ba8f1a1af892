-- A user's rows that have a turn, and their next one behind.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_outbox_behind ON outbox (channel, user_id, turn, next_attempt_at, id)
 WHERE status IN ('due', 'connecting');

-- migrate:down
DROP INDEX ix_outbox_behind;
