-- Batch download requests: seed 000's table, columns and indexes by name, and what SPEC sections 5 to 8 need beyond it.

-- migrate:up
CREATE TABLE batch_download_requests (
    id                uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id           integer NOT NULL,
    post_ids          integer[] NOT NULL,
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

    -- Who asked (a moderator may ask for somebody else), the day's allowance it used, and the key that repeats it.
    requested_by      integer NOT NULL,
    allowance_at      timestamptz NOT NULL DEFAULT now(),
    allowance_carried smallint NOT NULL DEFAULT 0,
    idempotency_key   text,

    -- The build: attempt numbers are fencing tokens and never go down; faults and losses count one run only.
    attempt           integer NOT NULL DEFAULT 0,
    faults            smallint NOT NULL DEFAULT 0,
    losses            smallint NOT NULL DEFAULT 0,
    lease_token       uuid,
    lease_expires_at  timestamptz,
    next_attempt_at   timestamptz NOT NULL DEFAULT now(),
    processed_count   integer NOT NULL DEFAULT 0,
    missing           jsonb NOT NULL DEFAULT '[]',

    -- The message about the last outcome: due, or what became of it; email_at is when to try or when to give up on it.
    email_status      varchar(20),
    email_tries       smallint NOT NULL DEFAULT 0,
    email_at          timestamptz,

    cancelled         boolean NOT NULL DEFAULT false,
    deleted_at        timestamptz,

    CONSTRAINT bdr_status_known CHECK (status IN ('pending', 'processing', 'ready', 'failed', 'expired')),
    CONSTRAINT bdr_count_range CHECK (artwork_count BETWEEN 1 AND 128),
    CONSTRAINT bdr_count_matches CHECK (cardinality(post_ids) = artwork_count),
    CONSTRAINT bdr_file_iff_ready CHECK ((status = 'ready') = (file_path IS NOT NULL)),
    CONSTRAINT bdr_size_iff_file CHECK ((file_path IS NULL) = (file_size_bytes IS NULL)),
    CONSTRAINT bdr_size_positive CHECK (file_size_bytes > 0),
    CONSTRAINT bdr_ready_dated CHECK (status <> 'ready' OR (completed_at IS NOT NULL AND expires_at IS NOT NULL)),
    CONSTRAINT bdr_lease_iff_processing CHECK ((status = 'processing') = (lease_token IS NOT NULL)),
    CONSTRAINT bdr_lease_whole CHECK ((lease_token IS NULL) = (lease_expires_at IS NULL)),
    CONSTRAINT bdr_failed_explained CHECK (status <> 'failed' OR (error_message IS NOT NULL AND completed_at IS NOT NULL)),
    CONSTRAINT bdr_error_short CHECK (length(error_message) <= 500),
    CONSTRAINT bdr_cancelled_failed CHECK (NOT cancelled OR status = 'failed'),
    CONSTRAINT bdr_progress_range CHECK (processed_count BETWEEN 0 AND artwork_count),
    CONSTRAINT bdr_missing_list CHECK (jsonb_typeof(missing) = 'array'),
    CONSTRAINT bdr_email_known CHECK (email_status IN ('due', 'sending', 'sent', 'failed', 'unknown', 'off')),
    CONSTRAINT bdr_email_dated CHECK (email_status IS NULL OR email_at IS NOT NULL),
    CONSTRAINT bdr_counters CHECK (attempt >= 0 AND faults >= 0 AND losses >= 0 AND allowance_carried >= 0)
);

-- A site may put a view in the place of users, and nothing can refer to a view.
DO $$
BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = to_regclass('users')) IN ('r', 'p') THEN
        ALTER TABLE batch_download_requests
            ADD CONSTRAINT bdr_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
    END IF;
END $$;

-- Seed 000's indexes, by its names.
CREATE INDEX ix_batch_download_requests_id ON batch_download_requests (id);
CREATE INDEX ix_batch_download_requests_user_id ON batch_download_requests (user_id); -- the foreign key's cascade
CREATE INDEX ix_batch_download_requests_status ON batch_download_requests (status); -- the metrics' counts by status
CREATE INDEX ix_batch_download_requests_created_at ON batch_download_requests (created_at); -- rows past two weeks
CREATE INDEX ix_batch_download_requests_expires_at ON batch_download_requests (expires_at);
CREATE INDEX ix_bdr_user_created ON batch_download_requests (user_id, created_at DESC); -- a user's newest 20
CREATE INDEX ix_bdr_status_expires ON batch_download_requests (status, expires_at); -- cleanup of the expired
-- The day's allowance, counted under a lock at every POST.
CREATE INDEX ix_bdr_allowance ON batch_download_requests (requested_by, allowance_at);
-- A repeated POST finds its request again.
CREATE INDEX ix_bdr_idempotency ON batch_download_requests (requested_by, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
-- The sweep: messages that wait, or that a dead worker left behind.
CREATE INDEX ix_bdr_email ON batch_download_requests (email_at) WHERE email_status IN ('due', 'sending');
-- The sweep: the few requests that are not finished, whatever the size of the table.
CREATE INDEX ix_bdr_unfinished ON batch_download_requests (status, next_attempt_at)
    WHERE status IN ('pending', 'processing');

-- Whoever changes a request, psql too, tells the subscribers in the changing transaction. Ids only: NOTIFY's
-- payload is short, and readers take the state from the table. Lease renewals and attempts are nobody's news.
CREATE FUNCTION notify_bdr_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    request batch_download_requests := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    PERFORM pg_notify('bdr_changed', request.user_id || ' ' || request.id);
    RETURN NULL;
END $$;

CREATE TRIGGER bdr_written AFTER INSERT OR DELETE ON batch_download_requests
    FOR EACH ROW EXECUTE FUNCTION notify_bdr_changed();

CREATE TRIGGER bdr_changed AFTER UPDATE ON batch_download_requests
    FOR EACH ROW WHEN (
        (OLD.status, OLD.processed_count, OLD.missing, OLD.file_size_bytes, OLD.error_message, OLD.started_at,
         OLD.completed_at, OLD.expires_at, OLD.deleted_at)
        IS DISTINCT FROM
        (NEW.status, NEW.processed_count, NEW.missing, NEW.file_size_bytes, NEW.error_message, NEW.started_at,
         NEW.completed_at, NEW.expires_at, NEW.deleted_at))
    EXECUTE FUNCTION notify_bdr_changed();

-- migrate:down
DROP TABLE batch_download_requests;
DROP FUNCTION notify_bdr_changed();
