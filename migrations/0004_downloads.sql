-- Downloads

-- migrate:up
-- Takeouts: everything of a user in one download.
CREATE TABLE takeouts (
    id              uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    user_id         integer NOT NULL,
    requested_by    integer NOT NULL,
    send_email      boolean NOT NULL,
    since           timestamptz, -- files from before then are listed, but are not in it
    parts           text[] NOT NULL DEFAULT '{posts,library,packs,drafts,account}',
    post_count      integer NOT NULL,
    file_count      integer NOT NULL,
    pack_count      integer NOT NULL,
    cancelled       boolean NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL DEFAULT now(),
    completed_at    timestamptz,
    CONSTRAINT takeout_cancelled_ended CHECK ((NOT cancelled) OR (completed_at IS NOT NULL)),
    CONSTRAINT takeout_parts_known CHECK (parts <@ '{posts,library,packs,drafts,account}' AND parts <> '{}')
);

-- A user's takeouts, newest first; the last one, when another is requested.
CREATE INDEX ix_takeouts_user_created ON takeouts (user_id, created_at DESC);

CREATE TRIGGER takeout_written AFTER INSERT OR UPDATE OR DELETE ON takeouts
    FOR EACH ROW EXECUTE FUNCTION notify_changed('takeout');

-- Batch download requests: seed 000's table, columns and indexes by name, and what SPEC sections 5 to 8 need beyond it.
CREATE TABLE batch_download_requests (
    id                uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    user_id           integer NOT NULL,
    post_ids          bigint[] NOT NULL,
    include_comments  boolean NOT NULL DEFAULT false,
    include_reactions boolean NOT NULL DEFAULT false,
    send_email        boolean NOT NULL DEFAULT false,
    status            varchar(20) NOT NULL DEFAULT 'pending',
    error_message     text,
    file_path         varchar(500),
    file_size_bytes   bigint,
    artwork_count     integer NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT now(),
    started_at        timestamptz,
    completed_at      timestamptz,
    expires_at        timestamptz,
    requested_by      integer NOT NULL,
    allowance_at      timestamptz NOT NULL DEFAULT now(),
    allowance_carried smallint NOT NULL DEFAULT 0,
    attempt           integer NOT NULL DEFAULT 0, -- builds begun: each writes an archive of its own name
    processed_count   integer NOT NULL DEFAULT 0,
    missing           jsonb NOT NULL DEFAULT '[]',
    cancelled         boolean NOT NULL DEFAULT false,
    deleted_at        timestamptz,
    requests_before      smallint NOT NULL DEFAULT 0,
    etag              text,
    name              varchar(100),
    takeout_id        uuid REFERENCES takeouts (id) ON DELETE CASCADE, -- whose posts and files are found when it is built
    stored_bytes      bigint,
    request_id        text,
    asset_ids         bigint[] NOT NULL DEFAULT '{}', -- of a download of files
    CONSTRAINT bdr_requests_natural CHECK (requests_before >= 0),
    CONSTRAINT bdr_cancelled_failed CHECK ((NOT cancelled) OR status = 'failed'),
    CONSTRAINT bdr_count_matches CHECK (takeout_id IS NOT NULL OR cardinality(post_ids || asset_ids) = artwork_count),
    CONSTRAINT bdr_count_range CHECK (takeout_id IS NOT NULL OR asset_ids <> '{}' OR artwork_count BETWEEN 1 AND 128),
    CONSTRAINT bdr_counters CHECK (attempt >= 0 AND allowance_carried >= 0),
    CONSTRAINT bdr_error_short CHECK (length(error_message) <= 500),
    CONSTRAINT bdr_failed_explained CHECK (status <> 'failed' OR ((error_message IS NOT NULL) AND (completed_at IS NOT NULL))),
    CONSTRAINT bdr_file_iff_ready CHECK ((status = 'ready') = (file_path IS NOT NULL)),
    CONSTRAINT bdr_missing_list CHECK (jsonb_typeof(missing) = 'array'),
    CONSTRAINT bdr_progress_range CHECK (processed_count >= 0 AND processed_count <= artwork_count),
    CONSTRAINT bdr_ready_dated CHECK (status <> 'ready' OR ((completed_at IS NOT NULL) AND (expires_at IS NOT NULL))),
    CONSTRAINT bdr_size_iff_file CHECK ((file_path IS NULL) = (file_size_bytes IS NULL)),
    CONSTRAINT bdr_size_positive CHECK (file_size_bytes > 0),
    CONSTRAINT bdr_status_known CHECK (status IN ('pending', 'processing', 'ready', 'failed', 'expired'))
) WITH (fillfactor='70');

CREATE INDEX ix_batch_download_requests_created_at ON batch_download_requests (created_at); -- rows past two weeks
-- Seed 000 has it, and a site that brings its schema expects it; ix_batch_download_requests_status serves the queries.
CREATE INDEX ix_batch_download_requests_expires_at ON batch_download_requests (expires_at);
-- Seed 000 has it, and a site that brings its schema expects it; the primary key serves the queries.
CREATE INDEX ix_batch_download_requests_id ON batch_download_requests (id);
-- Seed 000 has it by the status alone. Cleanup of the expired.
CREATE INDEX ix_batch_download_requests_status ON batch_download_requests (status, expires_at);
-- Seed 000 has it by the user alone. A user's newest 20.
CREATE INDEX ix_batch_download_requests_user_id ON batch_download_requests (user_id, created_at DESC);
-- The day's allowance, counted under a lock at every POST.
CREATE INDEX ix_bdr_allowance ON batch_download_requests (requested_by, allowance_at);
-- What has become of a takeout.
CREATE UNIQUE INDEX ix_bdr_takeout ON batch_download_requests (takeout_id) WHERE takeout_id IS NOT NULL;

-- Whatever removes or replaces an archive's name (expiry, retry, the user's end, psql) leaves the archive to the sweep.
CREATE TRIGGER bdr_written
    AFTER INSERT OR DELETE OR UPDATE OF status, processed_count, missing, file_size_bytes, error_message, started_at,
        completed_at, expires_at, deleted_at, file_path ON batch_download_requests
    FOR EACH ROW EXECUTE FUNCTION notify_changed('bdr', 'file_path');

-- migrate:down
DROP TABLE batch_download_requests, takeouts;
