-- Nobody reads it, and every change of a download writes it: the primary key is one already.

-- migrate:up transaction:false
DROP INDEX CONCURRENTLY IF EXISTS ix_batch_download_requests_id;

-- migrate:down
CREATE INDEX IF NOT EXISTS ix_batch_download_requests_id ON batch_download_requests (id);
