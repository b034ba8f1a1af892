-- The light table: stars and colours, the folder a file lies in, and the order that people count in.
-- A file of type “other” is kept and never looked into.

-- migrate:up
ALTER TABLE asset
    ADD COLUMN rating smallint NOT NULL DEFAULT 0, -- stars
    ADD COLUMN label smallint, -- a colour, by its key
    ADD COLUMN folder text COLLATE "C", -- of the path that it came with, '' is none; a result's is its original's
    ADD COLUMN sort_name text COLLATE "C", -- by these two lists are in natural order
    ADD COLUMN sort_path text COLLATE "C",
    ADD CONSTRAINT asset_rating_range CHECK (rating BETWEEN 0 AND 5) NOT VALID,
    ADD CONSTRAINT asset_label_known CHECK (label BETWEEN 6 AND 9) NOT VALID,
    DROP CONSTRAINT asset_type_known,
    ADD CONSTRAINT asset_type_known CHECK (type IN ('image', 'audio', 'video', 'other')) NOT VALID;

-- “run 2” before “run 10”: numbers get leading zeros. Case is none, and an accent stands behind its letter.
CREATE FUNCTION natural_key(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(regexp_replace(normalize(lower(said), NFKD), '([0-9]+)', '000000000000000\1', 'g'),
                          '0*([0-9]{16,})', '\1', 'g')
$$;

-- Where a folder's files begin; behind it stands chr(1) before a name and chr(2) before a folder, so that a folder's
-- files come before its folders, and all of them before the next folder.
CREATE FUNCTION folder_key(folder text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT left(replace(natural_key(folder), '/', chr(2)), 300)
$$;

-- What was made of a file stands behind it. An index takes 2,700 bytes: texts are cut before that.
CREATE FUNCTION keep_asset_order() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    original record;
BEGIN
    NEW.sort_name := left(natural_key(NEW.name), 300);
    NEW.sort_path := NULL;
    IF NEW.original_path IS NULL AND NEW.parent_asset_id IS NOT NULL THEN
        SELECT folder, sort_path INTO original FROM asset WHERE id = NEW.parent_asset_id;
        NEW.folder := coalesce(original.folder, '');
        NEW.sort_path := left(original.sort_path || chr(1) || NEW.sort_name, 600);
    ELSE
        -- A result whose original has gone stays where it was.
        NEW.folder := coalesce(substring(NEW.original_path FROM '^(.*)/'),
                               CASE WHEN NEW.original_path IS NULL THEN NEW.folder END, '');
    END IF;
    -- The original may wait for its own key, and then calls us again.
    NEW.sort_path := coalesce(NEW.sort_path, folder_key(NEW.folder) || chr(1) || NEW.sort_name);
    RETURN NEW;
END $$;

CREATE FUNCTION keep_results_order() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE asset SET sort_path = NULL WHERE parent_asset_id = NEW.id;
    RETURN NULL;
END $$;

CREATE TRIGGER asset_order_kept
    BEFORE INSERT OR UPDATE OF name, original_path, parent_asset_id, sort_path ON asset
    FOR EACH ROW EXECUTE FUNCTION keep_asset_order();
CREATE TRIGGER asset_results_follow AFTER UPDATE OF name, original_path, parent_asset_id, sort_path ON asset
    FOR EACH ROW WHEN (OLD.sort_path IS DISTINCT FROM NEW.sort_path) EXECUTE FUNCTION keep_results_order();

-- migrate:down
DROP TRIGGER asset_results_follow ON asset;
DROP TRIGGER asset_order_kept ON asset;
DROP FUNCTION keep_results_order();
DROP FUNCTION keep_asset_order();
DROP FUNCTION folder_key(text);
-- Of those where possible, by these keys.
DROP INDEX IF EXISTS ix_posts_owner_title, ix_posts_owner_title_back, ix_posts_owner_description,
    ix_posts_owner_description_back;
DROP FUNCTION natural_key(text);
DELETE FROM asset WHERE type = 'other';
ALTER TABLE asset
    DROP CONSTRAINT asset_type_known,
    ADD CONSTRAINT asset_type_known CHECK (type IN ('image', 'audio', 'video')),
    DROP COLUMN rating,
    DROP COLUMN label,
    DROP COLUMN folder,
    DROP COLUMN sort_name,
    DROP COLUMN sort_path;
