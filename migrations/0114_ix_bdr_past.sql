-- The daily forgetting: what ended two weeks ago and more, some rows at a time, whatever the size of the table.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_bdr_past ON batch_download_requests (coalesce(deleted_at, expires_at, completed_at))
 WHERE status IN ('failed', 'expired');

-- migrate:down
DROP INDEX ix_bdr_past;
