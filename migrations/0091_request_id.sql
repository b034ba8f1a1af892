-- Which request a row of work comes from, so that one id is in the log of the server, the workers and the mail.

-- migrate:up
ALTER TABLE batch_download_requests ADD COLUMN request_id text;
ALTER TABLE batch_report_files ADD COLUMN request_id text;
ALTER TABLE job ADD COLUMN request_id text;
ALTER TABLE outbox ADD COLUMN request_id text;

-- migrate:down
ALTER TABLE outbox DROP COLUMN request_id;
ALTER TABLE job DROP COLUMN request_id;
ALTER TABLE batch_report_files DROP COLUMN request_id;
ALTER TABLE batch_download_requests DROP COLUMN request_id;
