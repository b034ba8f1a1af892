-- The daily forgetting: tasks that ended long ago, some at a time, whatever the size of the table.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_job_past ON job (completed_at);

-- migrate:down
DROP INDEX ix_job_past;
