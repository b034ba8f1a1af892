-- What an owner notes on a file: for themselves, found like its name.

-- migrate:up
ALTER TABLE asset ADD COLUMN note varchar(2000);

CREATE OR REPLACE FUNCTION search_words(file asset) RETURNS text LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT search_words(concat_ws(' | ',
        CASE WHEN right(file.original_path, length(file.name)) = file.name THEN file.original_path
             ELSE concat_ws(' | ', file.name, file.original_path) END,
        file.theme, file.source, file.attribution, nullif(array_to_string(file.hashtags, ' | '), ''), file.note))
$$;
CREATE TRIGGER asset_search_noted AFTER UPDATE OF note ON asset
    FOR EACH ROW EXECUTE FUNCTION keep_search_words();

-- migrate:down
DROP TRIGGER asset_search_noted ON asset;
CREATE OR REPLACE FUNCTION search_words(file asset) RETURNS text LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT search_words(concat_ws(' | ',
        CASE WHEN right(file.original_path, length(file.name)) = file.name THEN file.original_path
             ELSE concat_ws(' | ', file.name, file.original_path) END,
        file.theme, file.source, file.attribution, nullif(array_to_string(file.hashtags, ' | '), '')))
$$;
ALTER TABLE asset DROP COLUMN note;
