-- Seed 000 has it; ix_bdr_status_expires serves the queries of what expires. Who brings the site's own schema expects it.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_batch_download_requests_expires_at ON batch_download_requests (expires_at);

-- migrate:down
DROP INDEX ix_batch_download_requests_expires_at;
