-- GET /posts?q=: what is looked through, beside our own posts. A site's own are looked at one by one: nothing is hung
-- onto its tables. The index of words is in where_possible/, for it needs extensions.

-- migrate:up
-- Without case and accents, as people compare texts.
CREATE FUNCTION folded(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(said) = length(said) THEN lower(said) -- nothing to fold, in a tenth of the time
                ELSE normalize(regexp_replace(normalize(lower(said), NFD), '[\u0300-\u036f]+', '', 'g'), NFC) END
$$;

-- “Artwork 9” before “artwork 10”: in the order of bytes.
CREATE FUNCTION natural_order(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(regexp_replace(folded(said), '(\d+)', '00000000000\1', 'g'), '0*(\d{12,})', '\1', 'g')
$$;

-- A hashtag is found with its sign and without, from its first letter on.
CREATE FUNCTION post_words(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
    SELECT search_words(replace(folded(said), '#', '# '))
$$;

CREATE FUNCTION post_words(title text, description text, hashtags text[]) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
    SELECT post_words(concat_ws(' | ', title, description, nullif('#' || array_to_string(hashtags, ' | #'), '#')))
$$;

DO $migration$
BEGIN
    IF obj_description(to_regclass('users'), 'pg_class') IS DISTINCT FROM 'created by pmd migrate' THEN
        RETURN;
    END IF;

    CREATE TABLE post_search (
        post_id  integer PRIMARY KEY,
        owner_id integer NOT NULL,
        words    text NOT NULL -- as post_words() has them
    );
    -- The newest posts of a user, which are looked at one by one.
    CREATE INDEX ix_post_search_newest ON post_search (owner_id, post_id DESC);

    CREATE FUNCTION keep_post_words() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
    BEGIN
        INSERT INTO post_search (post_id, owner_id, words)
        VALUES (NEW.id, NEW.owner_id, post_words(NEW.title, NEW.description, NEW.hashtags))
            ON CONFLICT (post_id) DO UPDATE SET owner_id = excluded.owner_id, words = excluded.words;
        RETURN NULL;
    END $$;

    CREATE FUNCTION forget_post_words() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
    BEGIN
        DELETE FROM post_search USING written WHERE post_id = written.id;
        RETURN NULL;
    END $$;

    CREATE TRIGGER post_words_added AFTER INSERT ON posts
        FOR EACH ROW EXECUTE FUNCTION keep_post_words();
    CREATE TRIGGER post_words_changed AFTER UPDATE OF owner_id, title, description, hashtags ON posts
        FOR EACH ROW WHEN ((OLD.owner_id, OLD.title, OLD.description, OLD.hashtags)
            IS DISTINCT FROM (NEW.owner_id, NEW.title, NEW.description, NEW.hashtags))
        EXECUTE FUNCTION keep_post_words();
    CREATE TRIGGER post_words_removed AFTER DELETE ON posts
        REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION forget_post_words();
END $migration$;

-- migrate:down
DO $migration$
BEGIN
    IF to_regclass('post_search') IS NOT NULL THEN
        DROP TRIGGER post_words_removed ON posts;
        DROP TRIGGER post_words_changed ON posts;
        DROP TRIGGER post_words_added ON posts;
        DROP FUNCTION forget_post_words();
        DROP FUNCTION keep_post_words();
        DROP TABLE post_search;
    END IF;
END $migration$;
DROP FUNCTION post_words(text, text, text[]);
DROP FUNCTION post_words(text);
DROP FUNCTION natural_order(text);
DROP FUNCTION folded(text);
