-- A user's rows that have a turn, and their next one behind.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_job_task_behind ON job (user_id, turn, next_attempt_at, id)
 WHERE status IN ('pending', 'running') AND kind <> 'export_pack';

-- migrate:down
DROP INDEX ix_job_task_behind;
