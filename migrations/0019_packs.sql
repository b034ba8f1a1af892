-- Packs: their editions, their counts, and how they are followed live.

-- migrate:up
-- One built archive of a pack. The pack's own export columns are those of the newest.
CREATE TABLE pack_edition (
    pack_id     integer NOT NULL REFERENCES pack (id) ON DELETE CASCADE,
    edition     integer NOT NULL,
    key         text NOT NULL UNIQUE,
    etag        text,
    size_bytes  bigint NOT NULL,
    hash        text NOT NULL,
    asset_count integer NOT NULL,
    built_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (pack_id, edition),
    CONSTRAINT pack_edition_numbered CHECK (edition > 0),
    CONSTRAINT pack_edition_hashed CHECK (hash ~ '^[0-9a-f]{64}$')
);

-- Whatever takes an edition's row away leaves its archive to the sweep.
CREATE FUNCTION leave_pack_archive() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- By the table's own schema: the caller's search path may be another one.
    EXECUTE format('INSERT INTO %I.vault_leftovers (key) VALUES ($1) ON CONFLICT (key) DO UPDATE SET due_at = now()',
                   TG_TABLE_SCHEMA) USING OLD.key;
    RETURN NULL;
END $$;

CREATE TRIGGER pack_archive_unowned AFTER DELETE ON pack_edition FOR EACH ROW EXECUTE FUNCTION leave_pack_archive();

-- How many files a pack has, and how large they are together, whoever puts them in or takes them away.
CREATE FUNCTION count_pack_assets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('UPDATE %1$I.pack
                       SET asset_count = counted.files, total_size_bytes = counted.bytes
                      FROM (SELECT changed.id, count(asset.id) AS files, coalesce(sum(size_bytes), 0) AS bytes
                              FROM (SELECT DISTINCT pack_id AS id FROM written) AS changed
                              LEFT JOIN %1$I.pack_asset ON pack_asset.pack_id = changed.id
                              LEFT JOIN %1$I.asset ON asset.id = pack_asset.asset_id
                             GROUP BY changed.id) AS counted
                     WHERE pack.id = counted.id
                       AND (asset_count, total_size_bytes) IS DISTINCT FROM (counted.files, counted.bytes)',
                   TG_TABLE_SCHEMA);
    RETURN NULL;
END $$;

CREATE TRIGGER pack_assets_added AFTER INSERT ON pack_asset
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION count_pack_assets();
CREATE TRIGGER pack_assets_removed AFTER DELETE ON pack_asset
    REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION count_pack_assets();

CREATE TRIGGER pack_written AFTER INSERT OR DELETE ON pack FOR EACH ROW EXECUTE FUNCTION notify_changed('pack');
-- Downloads are counted, and nobody's news.
CREATE TRIGGER pack_changed AFTER UPDATE ON pack
    FOR EACH ROW WHEN (OLD.download_count = NEW.download_count) EXECUTE FUNCTION notify_changed('pack');

-- The day's exports of whoever asks.
CREATE INDEX ix_job_exports ON job (requested_by, created_at) WHERE kind = 'export_pack';

-- migrate:down
DROP INDEX ix_job_exports;
DROP TRIGGER pack_changed ON pack;
DROP TRIGGER pack_written ON pack;
DROP TRIGGER pack_assets_removed ON pack_asset;
DROP TRIGGER pack_assets_added ON pack_asset;
DROP FUNCTION count_pack_assets();
DROP TABLE pack_edition;
DROP FUNCTION leave_pack_archive();
