-- Seed 000 has it; the primary key serves every query by id. Who brings the site's own schema expects it.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_batch_download_requests_id ON batch_download_requests (id);

-- migrate:down
DROP INDEX ix_batch_download_requests_id;
