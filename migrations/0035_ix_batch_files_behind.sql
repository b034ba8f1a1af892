-- A user's rows that have a turn, and their next one behind.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_batch_files_behind ON batch_report_files (user_id, turn, next_attempt_at, id)
 WHERE processing_status IN ('pending', 'processing') AND follows IS NULL;

-- migrate:down
DROP INDEX ix_batch_files_behind;
