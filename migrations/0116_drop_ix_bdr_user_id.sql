-- Nobody reads it, and every change of a download writes it: ix_bdr_user_created begins with it.

-- migrate:up transaction:false
DROP INDEX CONCURRENTLY IF EXISTS ix_batch_download_requests_user_id;

-- migrate:down
CREATE INDEX IF NOT EXISTS ix_batch_download_requests_user_id ON batch_download_requests (user_id);
