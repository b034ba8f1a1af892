-- Looks, and lets everybody work.

-- migrate:up
ALTER TABLE batch_report_files VALIDATE CONSTRAINT batch_file_part;

-- migrate:down
SELECT 1; -- nothing to take back
