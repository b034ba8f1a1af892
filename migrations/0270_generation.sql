-- What a file's own marks say of the machine that made it: its prompt and model are looked through as well.
-- Of a prompt so much is looked through: the words of a library stay smaller than its pictures.

-- migrate:up
ALTER TABLE asset
    ADD COLUMN generation jsonb,
    ADD CONSTRAINT asset_generation_bounded CHECK (octet_length(generation::text) <= 131072) NOT VALID;

CREATE OR REPLACE FUNCTION search_words(file asset) RETURNS text
    LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT search_words(concat_ws(' | ',
        CASE WHEN right(file.original_path, length(file.name)) = file.name THEN file.original_path
             ELSE concat_ws(' | ', file.name, file.original_path) END,
        file.theme, file.source, file.attribution, nullif(array_to_string(file.hashtags, ' | '), ''), file.note,
        left(file.generation ->> 'prompt', 2000), file.generation ->> 'model', file.generation ->> 'seed'))
$$;

DROP TRIGGER asset_search_changed ON asset;
CREATE TRIGGER asset_search_changed
    AFTER UPDATE OF name, original_path, theme, source, attribution, hashtags, generation ON asset
    FOR EACH ROW EXECUTE FUNCTION keep_search_words();

-- migrate:down
DROP TRIGGER asset_search_changed ON asset;
CREATE OR REPLACE FUNCTION search_words(file asset) RETURNS text
    LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT search_words(concat_ws(' | ',
        CASE WHEN right(file.original_path, length(file.name)) = file.name THEN file.original_path
             ELSE concat_ws(' | ', file.name, file.original_path) END,
        file.theme, file.source, file.attribution, nullif(array_to_string(file.hashtags, ' | '), ''), file.note))
$$;
CREATE TRIGGER asset_search_changed AFTER UPDATE OF name, original_path, theme, source, attribution, hashtags ON asset
    FOR EACH ROW EXECUTE FUNCTION keep_search_words();
ALTER TABLE asset DROP COLUMN generation;
