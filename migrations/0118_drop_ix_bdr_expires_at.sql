-- Nobody reads it, and every change of a download writes it: what expires has ix_bdr_status_expires, what is past ix_bdr_past.

-- migrate:up transaction:false
DROP INDEX CONCURRENTLY IF EXISTS ix_batch_download_requests_expires_at;

-- migrate:down
CREATE INDEX IF NOT EXISTS ix_batch_download_requests_expires_at ON batch_download_requests (expires_at);
