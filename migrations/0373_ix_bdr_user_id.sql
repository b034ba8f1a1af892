-- Seed 000 has it; ix_bdr_user_created serves the queries of a user's downloads. Who brings the site's own schema expects it.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_batch_download_requests_user_id ON batch_download_requests (user_id);

-- migrate:down
DROP INDEX ix_batch_download_requests_user_id;
