-- Progress and heartbeats of a build find room in the row's own page: they write no index then.

-- migrate:up
ALTER TABLE batch_download_requests SET (fillfactor = 70);

-- migrate:down
ALTER TABLE batch_download_requests RESET (fillfactor);
