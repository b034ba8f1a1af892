-- What moderators did on somebody else's behalf (SPEC section 4).

-- migrate:up
CREATE TABLE audit_log (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- No foreign keys: the trail outlives its people and their posts, and a site may put views in those tables' place.
    actor_id       integer NOT NULL,
    action         text NOT NULL,
    target_user_id integer NOT NULL,
    post_ids       integer[] NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT audit_action_known CHECK (action IN (
        'hide', 'unhide', 'delete', 'restore', 'license', 'request_download', 'retry_download', 'cancel_download',
        'delete_download')),
    CONSTRAINT audit_posts_named CHECK (cardinality(post_ids) BETWEEN 1 AND 128),
    CONSTRAINT audit_somebody_elses CHECK (actor_id <> target_user_id)
);

-- GET /api/pmd/audit: a moderator's own trail, newest first, by (created_at, id).
CREATE INDEX ix_audit_actor_created ON audit_log (actor_id, created_at DESC, id DESC);

-- migrate:down
DROP TABLE audit_log;
