-- Archives that refer to their sources' own bytes (DEPTH section 2).

-- migrate:up
-- What is known of an object's bytes from one reading, for as long as it has this size and this tag.
CREATE TABLE object_sum (
    key   text PRIMARY KEY,
    size  bigint NOT NULL,
    tag   text NOT NULL,
    modified timestamptz NOT NULL,
    crc32 bigint NOT NULL
);

-- The library's files that an archive refers to: the sweep leaves them until the archive itself is gone.
CREATE TABLE archive_hold (
    archive text NOT NULL,
    key     text NOT NULL,
    PRIMARY KEY (key, archive)
);
CREATE INDEX ix_archive_hold_archive ON archive_hold (archive); -- an archive that has been removed

-- What an archive takes in the vault itself; an archive of before is all there.
ALTER TABLE batch_download_requests ADD COLUMN stored_bytes bigint;
ALTER TABLE pack_edition ADD COLUMN stored_bytes bigint;

-- A takeout is one download of everything. What is there keeps to this already: 0051 looks, and lets everybody work.
ALTER TABLE batch_download_requests
    DROP CONSTRAINT bdr_count_range,
    ADD CONSTRAINT bdr_count_range
        CHECK (artwork_count BETWEEN 1 AND CASE WHEN takeout_id IS NULL THEN 128 ELSE 100000 END) NOT VALID;

-- A download of a takeout that is built again, however that came: the takeout goes on.
CREATE FUNCTION takeout_begins_anew() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE takeouts SET completed_at = NULL, cancelled = false WHERE id = NEW.takeout_id;
    RETURN NULL;
END $$;

CREATE TRIGGER bdr_part_begun_anew AFTER UPDATE ON batch_download_requests
    FOR EACH ROW WHEN (
        NEW.takeout_id IS NOT NULL AND OLD.status NOT IN ('pending', 'processing') AND NEW.status = 'pending')
    EXECUTE FUNCTION takeout_begins_anew();

-- migrate:down
DROP TRIGGER bdr_part_begun_anew ON batch_download_requests;
DROP FUNCTION takeout_begins_anew();
ALTER TABLE batch_download_requests
    DROP CONSTRAINT bdr_count_range,
    ADD CONSTRAINT bdr_count_range CHECK (artwork_count BETWEEN 1 AND 128) NOT VALID;
ALTER TABLE pack_edition DROP COLUMN stored_bytes;
ALTER TABLE batch_download_requests DROP COLUMN stored_bytes;
DROP TABLE archive_hold;
DROP TABLE object_sum;
