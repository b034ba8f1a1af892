-- One ledger of what a user occupies: files and their previews, packs' editions, and what is announced and on its way.
-- Kept by triggers, whoever writes; the release before knows nothing of it and goes on as it was.

-- migrate:up
-- Null: not counted yet (0061); whatever comes or goes meanwhile leaves it so.
ALTER TABLE library_usage
    ADD COLUMN file_count bigint,
    ADD COLUMN preview_bytes bigint,
    ADD COLUMN reserved_files bigint NOT NULL DEFAULT 0, -- announced, and neither in nor failed
    ADD COLUMN reserved_bytes bigint NOT NULL DEFAULT 0,
    ADD COLUMN awaited_bytes bigint NOT NULL DEFAULT 0; -- those of them that the disk does not have yet
-- Who has no row has no files either.
ALTER TABLE library_usage
    ALTER COLUMN file_count SET DEFAULT 0,
    ALTER COLUMN preview_bytes SET DEFAULT 0;
-- What the disk has promised to all.
CREATE INDEX ix_library_awaited ON library_usage (user_id) INCLUDE (awaited_bytes) WHERE awaited_bytes > 0;

-- When a file's last bytes came: what is announced and never comes gives its room back.
ALTER TABLE batch_report_files ADD COLUMN received_at timestamptz;


CREATE FUNCTION bytes_of_previews(previews jsonb) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(sum((each ->> 'size_bytes')::bigint), 0)::bigint FROM jsonb_array_elements(previews) AS each
$$;

CREATE FUNCTION count_library_files() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE library_usage AS usage
       SET file_count = file_count + CASE TG_OP WHEN 'INSERT' THEN files ELSE -files END,
           preview_bytes = preview_bytes + CASE TG_OP WHEN 'INSERT' THEN bytes ELSE -bytes END
      FROM (SELECT user_id, count(*) AS files, sum(bytes_of_previews(previews))::bigint AS bytes
              FROM written GROUP BY user_id) AS changed
     WHERE usage.user_id = changed.user_id;
    RETURN NULL;
END $$;

-- After asset_added, which makes the row: triggers run in the order of their names.
CREATE TRIGGER asset_counted AFTER INSERT ON asset
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION count_library_files();
CREATE TRIGGER asset_uncounted AFTER DELETE ON asset
    REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION count_library_files();

CREATE FUNCTION count_drawn_anew() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE library_usage
       SET preview_bytes = preview_bytes + bytes_of_previews(NEW.previews) - bytes_of_previews(OLD.previews)
     WHERE user_id = NEW.user_id;
    RETURN NULL;
END $$;

CREATE TRIGGER asset_drawn_anew AFTER UPDATE OF previews ON asset
    FOR EACH ROW WHEN (OLD.previews IS DISTINCT FROM NEW.previews) EXECUTE FUNCTION count_drawn_anew();

CREATE FUNCTION count_announced() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO library_usage AS usage (user_id, size_bytes, reserved_files, reserved_bytes, awaited_bytes)
    SELECT user_id, 0, count(*), coalesce(sum(file_size), 0), coalesce(sum(file_size - received_bytes), 0)
      FROM came
     WHERE processing_status IN ('pending', 'processing') AND follows IS NULL
     GROUP BY user_id
     ORDER BY user_id
        ON CONFLICT (user_id) DO UPDATE
       SET reserved_files = usage.reserved_files + excluded.reserved_files,
           reserved_bytes = usage.reserved_bytes + excluded.reserved_bytes,
           awaited_bytes = usage.awaited_bytes + excluded.awaited_bytes;
    RETURN NULL;
END $$;

CREATE FUNCTION count_settled() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE library_usage AS usage
       SET reserved_files = reserved_files - files, reserved_bytes = reserved_bytes - bytes,
           awaited_bytes = awaited_bytes - awaited
      FROM (SELECT user_id, count(*) AS files, coalesce(sum(file_size), 0) AS bytes,
                   coalesce(sum(file_size - received_bytes), 0) AS awaited
              FROM went
             WHERE processing_status IN ('pending', 'processing') AND follows IS NULL
             GROUP BY user_id) AS settled
     WHERE usage.user_id = settled.user_id;
    RETURN NULL;
END $$;

-- Most changes of a line (holds, leases, turns) change nothing of this, and write nothing.
CREATE FUNCTION count_moved() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE library_usage AS usage
       SET reserved_files = reserved_files + files, reserved_bytes = reserved_bytes + bytes,
           awaited_bytes = awaited_bytes + awaited
      FROM (SELECT user_id, sum(sign) AS files, coalesce(sum(sign * file_size), 0) AS bytes,
                   coalesce(sum(sign * (file_size - received_bytes)), 0) AS awaited
              FROM (SELECT 1 AS sign, * FROM came UNION ALL SELECT -1, * FROM went) AS line
             WHERE processing_status IN ('pending', 'processing') AND follows IS NULL
             GROUP BY user_id) AS moved
     WHERE usage.user_id = moved.user_id AND (files, bytes, awaited) IS DISTINCT FROM (0, 0, 0);
    RETURN NULL;
END $$;

CREATE TRIGGER line_announced AFTER INSERT ON batch_report_files
    REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION count_announced();
CREATE TRIGGER line_moved AFTER UPDATE ON batch_report_files
    REFERENCING OLD TABLE AS went NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION count_moved();
CREATE TRIGGER line_removed AFTER DELETE ON batch_report_files
    REFERENCING OLD TABLE AS went FOR EACH STATEMENT EXECUTE FUNCTION count_settled();

-- Nobody writes lines from here to the end of the transaction.
INSERT INTO library_usage AS usage (user_id, size_bytes, reserved_files, reserved_bytes, awaited_bytes)
SELECT user_id, 0, count(*), coalesce(sum(file_size), 0), coalesce(sum(file_size - received_bytes), 0)
  FROM batch_report_files
 WHERE processing_status IN ('pending', 'processing') AND follows IS NULL
 GROUP BY user_id
    ON CONFLICT (user_id) DO UPDATE
   SET reserved_files = excluded.reserved_files, reserved_bytes = excluded.reserved_bytes,
       awaited_bytes = excluded.awaited_bytes;

-- The one place that says what a user occupies: the allowance and the page's meter read it.
CREATE FUNCTION library_ledger(of_user integer)
    RETURNS TABLE (file_bytes bigint, preview_bytes bigint, edition_bytes bigint, reserved_bytes bigint,
                   file_count bigint, reserved_files bigint)
    LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT coalesce(usage.size_bytes, 0),
           CASE WHEN usage.user_id IS NULL THEN 0 ELSE coalesce(usage.preview_bytes,
               (SELECT sum(bytes_of_previews(previews))::bigint FROM asset WHERE asset.user_id = of_user), 0) END,
           coalesce((SELECT sum(coalesce(stored_bytes, pack_edition.size_bytes))::bigint
                       FROM pack JOIN pack_edition ON pack_id = pack.id
                      WHERE pack.user_id = of_user), 0),
           coalesce(usage.reserved_bytes, 0),
           CASE WHEN usage.user_id IS NULL THEN 0 ELSE coalesce(usage.file_count,
               (SELECT count(*) FROM asset WHERE asset.user_id = of_user)) END,
           coalesce(usage.reserved_files, 0)
      FROM (VALUES (of_user)) AS asked (user_id) LEFT JOIN library_usage AS usage USING (user_id)
$$;

-- migrate:down
DROP FUNCTION library_ledger(integer);
DROP TRIGGER line_removed ON batch_report_files;
DROP TRIGGER line_moved ON batch_report_files;
DROP TRIGGER line_announced ON batch_report_files;
DROP FUNCTION count_moved();
DROP FUNCTION count_settled();
DROP FUNCTION count_announced();
DROP TRIGGER asset_drawn_anew ON asset;
DROP FUNCTION count_drawn_anew();
DROP TRIGGER asset_uncounted ON asset;
DROP TRIGGER asset_counted ON asset;
DROP FUNCTION count_library_files();
DROP FUNCTION bytes_of_previews(jsonb);
ALTER TABLE batch_report_files DROP COLUMN received_at;
DROP INDEX ix_library_awaited;
ALTER TABLE library_usage
    DROP COLUMN file_count,
    DROP COLUMN preview_bytes,
    DROP COLUMN reserved_files,
    DROP COLUMN reserved_bytes,
    DROP COLUMN awaited_bytes;
