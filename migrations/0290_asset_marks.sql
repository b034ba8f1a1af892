-- GET /assets?offset=: marks in the orders of a large library, and how many files stand from each to the next. A window
-- deep in the list is found from the mark before it. Whoever writes only adds rows, so that none waits for another;
-- library/marks.py makes marks, adds up and divides, while nobody writes into that library (the lock “mark”).

-- migrate:up
CREATE TABLE asset_mark (
    id       serial PRIMARY KEY,
    user_id  integer NOT NULL,
    sort     text NOT NULL,
    -- Where it stands, before a file: what its order does not sort by is everywhere the same.
    number   bigint NOT NULL, -- -1: before all
    word     text COLLATE "C" NOT NULL,
    moment   timestamptz NOT NULL,
    asset_id integer NOT NULL,
    UNIQUE (user_id, sort, number, word, moment, asset_id)
);
CREATE TABLE asset_mark_files (
    mark_id integer NOT NULL,
    user_id integer NOT NULL,
    state   text NOT NULL,
    files   bigint NOT NULL -- more or fewer than before
);
CREATE INDEX ix_asset_mark_files_mark ON asset_mark_files (mark_id) INCLUDE (state, files);
CREATE INDEX ix_asset_mark_files_user ON asset_mark_files (user_id);

-- A file's place in each order; types are in the order of their first letters.
CREATE FUNCTION asset_places(type text, name text, path text, size bigint, stars smallint, created timestamptz)
RETURNS TABLE (sort text, number bigint, word text, moment timestamptz) LANGUAGE sql STABLE AS $$
    VALUES ('date', 0::bigint, '', created), ('path', 0, path, 'epoch'), ('name', 0, name, 'epoch'),
           ('size', size, '', 'epoch'), ('kind', ascii(type), path, 'epoch'), ('rating', stars, '', created)
$$;

-- The last mark before the file in each order that has some.
CREATE FUNCTION asset_marks(owner integer, file integer, type text, name text, path text, size bigint, stars smallint,
                            created timestamptz)
RETURNS TABLE (mark_id integer) LANGUAGE sql STABLE AS $$
    SELECT mark.id
      FROM asset_places(type, name, path, size, stars, created) AS place, LATERAL (
           SELECT id FROM asset_mark
            WHERE user_id = owner AND asset_mark.sort = place.sort
              AND (asset_mark.number, asset_mark.word, asset_mark.moment, asset_id)
                  <= (place.number, place.word, place.moment, file)
            ORDER BY asset_mark.number DESC, asset_mark.word DESC, asset_mark.moment DESC, asset_id DESC LIMIT 1) AS mark
$$;

CREATE FUNCTION keep_asset_marks() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    -- “mark”: no mark is made while a file is on its way that it would not know of.
    IF TG_OP = 'DELETE' THEN
        PERFORM pg_advisory_xact_lock_shared(1835102827, user_id) FROM (SELECT DISTINCT user_id FROM removed) AS owners;
        INSERT INTO asset_mark_files
        SELECT mark_id, user_id, state, -count(*) FROM removed,
               asset_marks(user_id, id, type, sort_name, sort_path, size_bytes, rating, created_at)
         GROUP BY 1, 2, 3;
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock_shared(1835102827, user_id) FROM (SELECT DISTINCT user_id FROM written) AS owners;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO asset_mark_files
        SELECT mark_id, user_id, state, count(*) FROM written,
               asset_marks(user_id, id, type, sort_name, sort_path, size_bytes, rating, created_at)
         GROUP BY 1, 2, 3;
    ELSE
        INSERT INTO asset_mark_files
        SELECT mark_id, user_id, state, sum(files)
          FROM (SELECT id, user_id, state, type, sort_name, sort_path, size_bytes, rating, created_at, sum(files) AS files
                  FROM (SELECT id, user_id, state, type, sort_name, sort_path, size_bytes, rating, created_at, 1 AS files
                          FROM written
                         UNION ALL
                        SELECT id, user_id, state, type, sort_name, sort_path, size_bytes, rating, created_at, -1
                          FROM removed) AS both_of_them
                 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 HAVING sum(files) <> 0) AS changed,
               asset_marks(user_id, id, type, sort_name, sort_path, size_bytes, rating, created_at)
         GROUP BY 1, 2, 3 HAVING sum(files) <> 0;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER asset_marked_added AFTER INSERT ON asset
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION keep_asset_marks();
CREATE TRIGGER asset_marked_changed AFTER UPDATE ON asset
    REFERENCING NEW TABLE AS written OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION keep_asset_marks();
CREATE TRIGGER asset_marked_removed AFTER DELETE ON asset
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION keep_asset_marks();

-- migrate:down
DROP TRIGGER asset_marked_removed ON asset;
DROP TRIGGER asset_marked_changed ON asset;
DROP TRIGGER asset_marked_added ON asset;
DROP FUNCTION keep_asset_marks();
DROP FUNCTION asset_marks(integer, integer, text, text, text, bigint, smallint, timestamptz);
DROP FUNCTION asset_places(text, text, text, bigint, smallint, timestamptz);
DROP TABLE asset_mark_files;
DROP TABLE asset_mark;
