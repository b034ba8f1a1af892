-- The posts that were there before 0110, some at a time; what is written meanwhile is kept by its triggers.

-- migrate:up transaction:false
DO $$
DECLARE
    at integer := 0;
    newest integer;
BEGIN
    IF to_regclass('post_search') IS NULL THEN
        RETURN;
    END IF;
    newest := coalesce((SELECT max(id) FROM posts), 0);
    WHILE at < newest LOOP
        -- Under a lock that lets others write: a post that is removed meanwhile leaves nothing behind.
        INSERT INTO post_search (post_id, owner_id, words)
        SELECT id, owner_id, post_words(title, description, hashtags)
          FROM posts WHERE id > at AND id <= at + 5000 FOR KEY SHARE
            ON CONFLICT (post_id) DO NOTHING;
        COMMIT;
        at := at + 5000;
    END LOOP;
END $$;

-- migrate:down
DO $$
BEGIN
    IF to_regclass('post_search') IS NOT NULL THEN
        DELETE FROM post_search;
    END IF;
END $$;
