-- The library: its files' states, near-duplicates, what becomes of the files of removed rows, and a
-- trail of who looked at somebody else's.

-- migrate:up
-- Neither is generated: that would rewrite the table while everybody waits. 0081 says what they are, 0082 fills them in.
ALTER TABLE asset ADD COLUMN state text;
ALTER TABLE reports ADD COLUMN dhash bit(64); -- of the file's last look

-- Whatever takes an asset's row away (a purge, the user's end, psql) leaves its files to the sweep.
CREATE FUNCTION leave_asset_files() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- By the table's own schema: the caller's search path may be another one.
    EXECUTE format('INSERT INTO %I.vault_leftovers (key)
                    SELECT DISTINCT substring(path FROM length(''/vault/'') + 1)
                      FROM (SELECT $1 UNION ALL SELECT $2
                            UNION ALL SELECT told ->> ''path'' FROM jsonb_array_elements($3) AS told) AS files (path)
                     WHERE path LIKE ''/vault/%%''
                        ON CONFLICT (key) DO UPDATE SET due_at = now()', TG_TABLE_SCHEMA)
      USING OLD.path, OLD.preview_path, OLD.previews;
    RETURN NULL;
END $$;

CREATE TRIGGER asset_files_unowned AFTER DELETE ON asset FOR EACH ROW EXECUTE FUNCTION leave_asset_files();

-- The trail names assets and packs as it names posts; reading somebody's library names none, or one.
ALTER TABLE audit_log
    ADD COLUMN asset_ids integer[] NOT NULL DEFAULT '{}',
    ADD COLUMN pack_id integer,
    DROP CONSTRAINT audit_posts_named,
    ADD CONSTRAINT audit_posts_named CHECK (cardinality(post_ids) <= 128 AND cardinality(asset_ids) <= 1024) NOT VALID;

-- One event for however many files: the counts of the user's library.
CREATE FUNCTION notify_library_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('pmd_changed', user_id::text || ' asset ' || user_id::text)
       FROM (SELECT DISTINCT user_id FROM written) AS changed;
    RETURN NULL;
END $$;

CREATE TRIGGER asset_told_added AFTER INSERT ON asset
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION notify_library_changed();
CREATE TRIGGER asset_told_changed AFTER UPDATE ON asset
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION notify_library_changed();
CREATE TRIGGER asset_told_removed AFTER DELETE ON asset
    REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION notify_library_changed();

-- migrate:down
DROP TRIGGER asset_told_removed ON asset;
DROP TRIGGER asset_told_changed ON asset;
DROP TRIGGER asset_told_added ON asset;
DROP FUNCTION notify_library_changed();
DELETE FROM audit_log WHERE cardinality(post_ids) = 0;
ALTER TABLE audit_log
    DROP CONSTRAINT audit_posts_named,
    DROP COLUMN pack_id,
    DROP COLUMN asset_ids,
    ADD CONSTRAINT audit_posts_named CHECK (cardinality(post_ids) BETWEEN 1 AND 128);
DROP TRIGGER asset_files_unowned ON asset;
DROP FUNCTION leave_asset_files();
ALTER TABLE reports DROP COLUMN dhash;
ALTER TABLE asset DROP COLUMN state;
