-- What a delete may cost and a restore brings back: the artist's own flag as it was before (SPEC section 5).

-- migrate:up
CREATE TABLE deleted_posts (
    post_id        integer PRIMARY KEY,
    hidden_by_user boolean NOT NULL,
    -- The deletion that this belongs to: posts.deleted_by_user_date as we have set it. Another date is another deletion.
    deleted_at     timestamptz NOT NULL
);

-- A site may put a view in the place of posts, and nothing can refer to a view.
DO $$
BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = to_regclass('posts')) IN ('r', 'p') THEN
        ALTER TABLE deleted_posts
            ADD CONSTRAINT deleted_posts_post_fk FOREIGN KEY (post_id) REFERENCES posts (id) ON DELETE CASCADE;
    END IF;
    -- GET /api/pmd/posts?state=deleted|all: one page of an owner's artworks, deleted ones too.
    IF obj_description(to_regclass('users'), 'pg_class') = 'created by pmd migrate' THEN
        CREATE INDEX ix_posts_owner_all ON posts (owner_id, created_at DESC, id DESC) WHERE kind = 'artwork';
        -- GET /api/pmd/users: artists whose handle begins with what a moderator has typed.
        CREATE INDEX ix_users_handle_lower ON users (lower(handle) text_pattern_ops);
    END IF;
END $$;

-- migrate:down
DROP INDEX IF EXISTS ix_users_handle_lower, ix_posts_owner_all;
DROP TABLE deleted_posts;
