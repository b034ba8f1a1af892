-- The claim: the lowest turn that waits, and the highest that runs.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_bdr_line ON batch_download_requests (status, turn, id)
 WHERE turn IS NOT NULL AND deleted_at IS NULL;

-- migrate:down
DROP INDEX ix_bdr_line;
