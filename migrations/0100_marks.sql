-- What files say of their makers: whether a pack's editions leave it out, and what posts tell whose owners have kept it.

-- migrate:up
ALTER TABLE pack
    ADD COLUMN marks text NOT NULL DEFAULT 'keep' CONSTRAINT pack_marks_known CHECK (marks IN ('strip', 'keep'));

-- Beside the site's posts and not in them. Downloads ask for each of theirs.
CREATE TABLE telling_post (
    post_id integer PRIMARY KEY,
    tells   text[] NOT NULL,
    CONSTRAINT telling_post_known CHECK (tells <@ ARRAY['place', 'author'] AND cardinality(tells) > 0)
);

-- A site may put a view in the place of posts, and nothing can refer to a view.
DO $$
BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = to_regclass('posts')) IN ('r', 'p') THEN
        ALTER TABLE telling_post
            ADD CONSTRAINT telling_post_post_fk FOREIGN KEY (post_id) REFERENCES posts (id) ON DELETE CASCADE;
    END IF;
END $$;

-- migrate:down
DROP TABLE telling_post;
ALTER TABLE pack DROP COLUMN marks;
