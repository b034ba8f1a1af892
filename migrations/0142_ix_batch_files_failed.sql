-- The console's list of what has failed, newest first.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_batch_files_failed ON batch_report_files (settled_at DESC)
 WHERE processing_status = 'failed' AND follows IS NULL;

-- migrate:down
DROP INDEX ix_batch_files_failed;
