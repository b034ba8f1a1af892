-- What tus clients say of a file, kept as they said it: Upload-Concat and Upload-Metadata; and lengths that are told
-- later, for so long as file_size is the most that it may be.

-- migrate:up
SELECT patiently($$
    ALTER TABLE batch_report_files
        ADD COLUMN concat text,
        ADD COLUMN metadata text,
        ADD COLUMN is_deferred boolean NOT NULL DEFAULT false,
        -- A part is never looked at, whichever release receives its last byte.
        ADD CONSTRAINT batch_file_part CHECK (concat IS DISTINCT FROM 'partial' OR next_attempt_at = 'infinity') NOT VALID
$$);

-- migrate:down
ALTER TABLE batch_report_files DROP COLUMN concat, DROP COLUMN metadata, DROP COLUMN is_deferred;
