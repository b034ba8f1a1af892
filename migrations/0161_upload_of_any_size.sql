-- A folder is one upload, whatever its size: announced in pages, counted as a whole from the beginning.

-- migrate:up
ALTER TABLE batch_reports
    DROP CONSTRAINT batch_total_range,
    ADD CONSTRAINT batch_total_range CHECK (total_files BETWEEN 1 AND 1000000) NOT VALID;

-- migrate:down
ALTER TABLE batch_reports
    DROP CONSTRAINT batch_total_range,
    ADD CONSTRAINT batch_total_range CHECK (total_files BETWEEN 1 AND 512) NOT VALID;
