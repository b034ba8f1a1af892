-- Nobody reads it, and every change of a download writes it: no statement asks for a state alone; what is unfinished has ix_bdr_unfinished and ix_bdr_behind.

-- migrate:up transaction:false
DROP INDEX CONCURRENTLY IF EXISTS ix_batch_download_requests_status;

-- migrate:down
CREATE INDEX IF NOT EXISTS ix_batch_download_requests_status ON batch_download_requests (status);
