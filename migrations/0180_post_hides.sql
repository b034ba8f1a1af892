-- Why a moderator hid a post, for its artist, and what the artist answered: once (DEPTH section 9).

-- migrate:up
CREATE TABLE post_hides (
    post_id      integer PRIMARY KEY,
    owner_id     integer NOT NULL,
    -- No foreign key: the reason outlives whoever gave it.
    moderator_id integer NOT NULL,
    reason       text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    answer       text,
    answered_at  timestamptz,

    CONSTRAINT post_hides_reason_short CHECK (length(reason) BETWEEN 1 AND 500),
    CONSTRAINT post_hides_answer_short CHECK (length(answer) BETWEEN 1 AND 500),
    CONSTRAINT post_hides_answer_dated CHECK ((answer IS NULL) = (answered_at IS NULL))
);
-- GET /api/pmd/hides: an owner's, newest first, by (created_at, post_id).
CREATE INDEX ix_post_hides_owner_created ON post_hides (owner_id, created_at DESC, post_id DESC);

-- A site may put a view in the place of posts, and nothing can refer to a view.
DO $$
BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = to_regclass('posts')) IN ('r', 'p') THEN
        ALTER TABLE post_hides
            ADD CONSTRAINT post_hides_post_fk FOREIGN KEY (post_id) REFERENCES posts (id) ON DELETE CASCADE;
    END IF;
END $$;

-- migrate:down
DROP TABLE post_hides;
