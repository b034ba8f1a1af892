-- The console's list of what has failed, newest first.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_outbox_failed ON outbox (settled_at DESC)
 WHERE status = 'failed';

-- migrate:down
DROP INDEX ix_outbox_failed;
