-- migrate:up
ALTER TABLE batch_download_requests VALIDATE CONSTRAINT bdr_count_range;

-- migrate:down
SELECT 1; -- nothing to take back
