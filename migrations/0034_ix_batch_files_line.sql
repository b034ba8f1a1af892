-- The claim: the lowest turn that waits, and the highest that runs.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_batch_files_line ON batch_report_files (processing_status, turn, id)
 WHERE turn IS NOT NULL AND follows IS NULL;

-- migrate:down
DROP INDEX ix_batch_files_line;
