-- A user's rows that have a turn, and their next one behind.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_bdr_behind ON batch_download_requests (user_id, turn, next_attempt_at, id)
 WHERE status IN ('pending', 'processing') AND deleted_at IS NULL;

-- migrate:down
DROP INDEX ix_bdr_behind;
