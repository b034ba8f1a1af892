-- A row's place in the line, and when its attempt was claimed. Neither has a default: adding them rewrites nothing.

-- migrate:up transaction:false
DO $$
DECLARE
    source text;
BEGIN
    FOREACH source IN ARRAY ARRAY['batch_download_requests', 'batch_report_files', 'job', 'outbox'] LOOP
        PERFORM patiently(format('ALTER TABLE %I ADD COLUMN IF NOT EXISTS turn double precision,
                                               ADD COLUMN IF NOT EXISTS claimed_at timestamptz', source));
        COMMIT; -- no table's lock is kept while the next one's is waited for
    END LOOP;
END $$;

-- migrate:down
ALTER TABLE batch_download_requests DROP COLUMN turn, DROP COLUMN claimed_at;
ALTER TABLE batch_report_files DROP COLUMN turn, DROP COLUMN claimed_at;
ALTER TABLE job DROP COLUMN turn, DROP COLUMN claimed_at;
ALTER TABLE outbox DROP COLUMN turn, DROP COLUMN claimed_at;
