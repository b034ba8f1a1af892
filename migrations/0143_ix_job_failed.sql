-- The console's list of what has failed, newest first.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_job_failed ON job (completed_at DESC)
 WHERE status = 'failed';

-- migrate:down
DROP INDEX ix_job_failed;
