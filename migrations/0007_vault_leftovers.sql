-- Archives named by attempt: what the vault said of the published one, and what no row names any more.

-- migrate:up
ALTER TABLE batch_download_requests ADD COLUMN etag text;

-- An object that may lie in the vault although no row names it: one that is being written (due when its writer must be
-- dead), or one that a row has named before (due at once). The sweep removes what is due, so that it never has to list
-- the vault. Whoever publishes an object takes its entry away in the same transaction, and finds it gone when the sweep
-- has been there first.
CREATE TABLE vault_leftovers (
    key    text PRIMARY KEY,
    due_at timestamptz NOT NULL DEFAULT now(),
    faults smallint NOT NULL DEFAULT 0
);
CREATE INDEX ix_vault_leftovers_due ON vault_leftovers (due_at); -- the sweep

-- Whatever takes an archive's name out of its row (expiry, retry, removal, the user's end, psql) leaves the archive.
CREATE FUNCTION leave_bdr_archive() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- By the table's own schema: the caller's search path may be another one.
    EXECUTE format('INSERT INTO %I.vault_leftovers (key) VALUES ($1) ON CONFLICT (key) DO UPDATE SET due_at = now()',
                   TG_TABLE_SCHEMA) USING OLD.file_path;
    RETURN NULL;
END $$;

CREATE TRIGGER bdr_archive_unnamed AFTER UPDATE OF file_path ON batch_download_requests
    FOR EACH ROW WHEN (OLD.file_path IS NOT NULL AND OLD.file_path IS DISTINCT FROM NEW.file_path)
    EXECUTE FUNCTION leave_bdr_archive();

CREATE TRIGGER bdr_archive_unowned AFTER DELETE ON batch_download_requests
    FOR EACH ROW WHEN (OLD.file_path IS NOT NULL)
    EXECUTE FUNCTION leave_bdr_archive();

-- migrate:down
DROP TRIGGER bdr_archive_unnamed ON batch_download_requests;
DROP TRIGGER bdr_archive_unowned ON batch_download_requests;
DROP FUNCTION leave_bdr_archive();
DROP TABLE vault_leftovers;
ALTER TABLE batch_download_requests DROP COLUMN etag;
