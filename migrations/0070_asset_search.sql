-- GET /assets?q=: what is looked through, beside the assets. Judging a file or throwing it away writes nothing here.
-- Its index of words is in where_possible/, for it needs extensions.

-- migrate:up
CREATE TABLE asset_search (
    asset_id integer PRIMARY KEY,
    user_id  integer NOT NULL,
    words    text NOT NULL -- as search_words() has them
);
-- The newest files of a user, which are looked at one by one.
CREATE INDEX ix_asset_search_newest ON asset_search (user_id, asset_id DESC);

-- Lower case, one space for whatever parts words, and spaces around each sign of a script that parts none.
CREATE FUNCTION search_words(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ' ' || regexp_replace(regexp_replace(lower(said), '[\s_./()\[\]-]+', ' ', 'g'),
                                 '([぀-ヿ㐀-䶿一-鿿가-힯])', ' \1 ', 'g')
$$;

-- A name at the end of its path is said once.
CREATE FUNCTION search_words(file asset) RETURNS text LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT search_words(concat_ws(' | ',
        CASE WHEN right(file.original_path, length(file.name)) = file.name THEN file.original_path
             ELSE concat_ws(' | ', file.name, file.original_path) END,
        file.theme, file.source, file.attribution, nullif(array_to_string(file.hashtags, ' | '), '')))
$$;

CREATE FUNCTION keep_search_words() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO asset_search AS known (asset_id, user_id, words) VALUES (NEW.id, NEW.user_id, search_words(NEW))
        ON CONFLICT (asset_id) DO UPDATE SET words = excluded.words WHERE known.words <> excluded.words;
    RETURN NULL;
END $$;

CREATE FUNCTION forget_search_words() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    DELETE FROM asset_search USING written WHERE asset_id = written.id;
    RETURN NULL;
END $$;

CREATE TRIGGER asset_search_added AFTER INSERT ON asset
    FOR EACH ROW EXECUTE FUNCTION keep_search_words();
CREATE TRIGGER asset_search_changed AFTER UPDATE OF name, original_path, theme, source, attribution, hashtags ON asset
    FOR EACH ROW EXECUTE FUNCTION keep_search_words();
CREATE TRIGGER asset_search_removed AFTER DELETE ON asset
    REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION forget_search_words();

-- migrate:down
DROP TRIGGER asset_search_removed ON asset;
DROP TRIGGER asset_search_changed ON asset;
DROP TRIGGER asset_search_added ON asset;
DROP FUNCTION forget_search_words();
DROP FUNCTION keep_search_words();
DROP FUNCTION search_words(asset);
DROP FUNCTION search_words(text);
DROP TABLE asset_search;
