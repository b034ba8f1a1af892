-- What each user had before 0112: what there is less what has been counted since, as one statement sees both.

-- migrate:up transaction:false
DO $$
DECLARE
    at integer := 0;
    newest integer;
BEGIN
    IF to_regclass('post_days') IS NULL THEN
        RETURN;
    END IF;
    newest := coalesce((SELECT max(id) FROM users), 0);
    -- Some users at a time: whoever posts meanwhile waits for these few.
    WHILE at < newest LOOP
        INSERT INTO post_days AS kept (owner_id, day, is_deleted, posts)
        SELECT owner_id, day, is_deleted, sum(posts)
          FROM (SELECT owner_id, (created_at AT TIME ZONE 'UTC')::date AS day, deleted_by_user AS is_deleted,
                       count(*) AS posts
                  FROM posts WHERE kind = 'artwork' AND owner_id > at AND owner_id <= at + 500 GROUP BY 1, 2, 3
                UNION ALL
                SELECT owner_id, day, is_deleted, -posts
                  FROM post_days WHERE owner_id > at AND owner_id <= at + 500) AS missing
         GROUP BY 1, 2, 3 HAVING sum(posts) <> 0 ORDER BY 1, 2, 3
            ON CONFLICT (owner_id, day, is_deleted) DO UPDATE SET posts = kept.posts + excluded.posts;
        COMMIT;
        at := at + 500;
    END LOOP;
END $$;

-- migrate:down
DO $$
BEGIN
    IF to_regclass('post_days') IS NOT NULL THEN
        DELETE FROM post_days;
    END IF;
END $$;
