-- A page of an upload: which of its files another line of the same upload brings.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_batch_files_leader ON batch_report_files (batch_id, expected_hash)
 WHERE follows IS NULL AND processing_status IN ('pending', 'processing');

-- migrate:down
DROP INDEX ix_batch_files_leader;
