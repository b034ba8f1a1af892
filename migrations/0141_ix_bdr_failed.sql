-- The console's list of what has failed, newest first.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_bdr_failed ON batch_download_requests (completed_at DESC)
 WHERE status = 'failed' AND deleted_at IS NULL;

-- migrate:down
DROP INDEX ix_bdr_failed;
