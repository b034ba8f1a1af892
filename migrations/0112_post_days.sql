-- GET /posts/months, and where a position in the list is: how many posts each day has, kept for our own posts. Two
-- writers meet only where they change the same user's posts of the same day. A site's own posts are counted.

-- migrate:up
DO $migration$
BEGIN
    IF obj_description(to_regclass('users'), 'pg_class') IS DISTINCT FROM 'created by pmd migrate' THEN
        CREATE FUNCTION count_post_days(owner integer) RETURNS TABLE (day date, is_deleted boolean, posts bigint)
        LANGUAGE plpgsql STABLE AS $$
        BEGIN
            RETURN QUERY SELECT (created_at AT TIME ZONE 'UTC')::date, deleted_by_user, count(*)
                           FROM posts WHERE owner_id = owner AND kind = 'artwork' GROUP BY 1, 2;
        END $$;
        RETURN;
    END IF;

    CREATE TABLE post_days (
        owner_id   integer NOT NULL,
        day        date NOT NULL, -- UTC
        is_deleted boolean NOT NULL,
        posts      bigint NOT NULL, -- artworks
        PRIMARY KEY (owner_id, day, is_deleted)
    );

    CREATE FUNCTION count_post_days(owner integer) RETURNS TABLE (day date, is_deleted boolean, posts bigint)
    LANGUAGE sql STABLE AS $$
        SELECT kept.day, kept.is_deleted, kept.posts
          FROM post_days AS kept WHERE kept.owner_id = owner AND kept.posts > 0
    $$;

    -- In one order: nobody waits for somebody who waits for them.
    CREATE FUNCTION keep_post_days() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            INSERT INTO post_days AS kept
            SELECT owner_id, (created_at AT TIME ZONE 'UTC')::date, deleted_by_user, count(*)
              FROM written WHERE kind = 'artwork' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
                ON CONFLICT (owner_id, day, is_deleted) DO UPDATE SET posts = kept.posts + excluded.posts;
        ELSIF TG_OP = 'DELETE' THEN
            INSERT INTO post_days AS kept
            SELECT owner_id, (created_at AT TIME ZONE 'UTC')::date, deleted_by_user, -count(*)
              FROM removed WHERE kind = 'artwork' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
                ON CONFLICT (owner_id, day, is_deleted) DO UPDATE SET posts = kept.posts + excluded.posts;
        ELSE
            INSERT INTO post_days AS kept
            SELECT owner_id, (created_at AT TIME ZONE 'UTC')::date, deleted_by_user, sum(posts)
              FROM (SELECT owner_id, created_at, deleted_by_user, kind, 1 AS posts FROM written
                    UNION ALL SELECT owner_id, created_at, deleted_by_user, kind, -1 FROM removed) AS changed
             WHERE kind = 'artwork' GROUP BY 1, 2, 3 HAVING sum(posts) <> 0 ORDER BY 1, 2, 3
                ON CONFLICT (owner_id, day, is_deleted) DO UPDATE SET posts = kept.posts + excluded.posts;
        END IF;
        RETURN NULL;
    END $$;

    CREATE TRIGGER post_days_added AFTER INSERT ON posts
        REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION keep_post_days();
    CREATE TRIGGER post_days_changed AFTER UPDATE ON posts
        REFERENCING NEW TABLE AS written OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION keep_post_days();
    CREATE TRIGGER post_days_removed AFTER DELETE ON posts
        REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION keep_post_days();
END $migration$;

-- migrate:down
DO $migration$
BEGIN
    IF to_regclass('post_days') IS NOT NULL THEN
        DROP TRIGGER post_days_removed ON posts;
        DROP TRIGGER post_days_changed ON posts;
        DROP TRIGGER post_days_added ON posts;
        DROP FUNCTION keep_post_days();
        DROP TABLE post_days;
    END IF;
END $migration$;
DROP FUNCTION count_post_days(integer);
