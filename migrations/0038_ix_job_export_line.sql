-- The claim: the lowest turn that waits, and the highest that runs.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_job_export_line ON job (status, turn, id)
 WHERE turn IS NOT NULL AND kind = 'export_pack';

-- migrate:down
DROP INDEX ix_job_export_line;
