-- Seed 000 has it; ix_bdr_unfinished serves the queries of what is unfinished. Who brings the site's own schema expects it.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_batch_download_requests_status ON batch_download_requests (status);

-- migrate:down
DROP INDEX ix_batch_download_requests_status;
