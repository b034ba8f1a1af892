-- Downloads

-- migrate:up
-- Takeouts: everything at once, as named parts that are built one after another (SPEC section 5).
CREATE TABLE takeouts (
    id                uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    user_id           integer NOT NULL,
    requested_by      integer NOT NULL,
    include_comments  boolean NOT NULL,
    include_reactions boolean NOT NULL,
    send_email        boolean NOT NULL,
    artwork_count     integer NOT NULL,
    part_count        integer NOT NULL,
    idempotency_key   text,
    cancelled         boolean NOT NULL DEFAULT false,
    created_at        timestamptz NOT NULL DEFAULT now(),
    completed_at      timestamptz,
    CONSTRAINT takeout_cancelled_ended CHECK ((NOT cancelled) OR (completed_at IS NOT NULL)),
    CONSTRAINT takeout_counts CHECK (part_count >= 1 AND artwork_count >= part_count)
);

-- A user's takeouts, newest first; the last one, when another is asked for.
CREATE INDEX ix_takeouts_user_created ON takeouts (user_id, created_at DESC);

CREATE TRIGGER takeout_written AFTER INSERT OR UPDATE OR DELETE ON takeouts
    FOR EACH ROW EXECUTE FUNCTION notify_changed('takeout');

-- Batch download requests: seed 000's table, columns and indexes by name, and what SPEC sections 5 to 8 need beyond it.
CREATE TABLE batch_download_requests (
    id                uuid DEFAULT gen_random_uuid() PRIMARY KEY,
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
    requested_by      integer NOT NULL,
    allowance_at      timestamptz NOT NULL DEFAULT now(),
    allowance_carried smallint NOT NULL DEFAULT 0,
    idempotency_key   text,
    attempt           integer NOT NULL DEFAULT 0,
    faults            smallint NOT NULL DEFAULT 0,
    expired_leases    smallint NOT NULL DEFAULT 0,
    lease_token       uuid,
    lease_expires_at  timestamptz,
    next_attempt_at   timestamptz NOT NULL DEFAULT now(),
    processed_count   integer NOT NULL DEFAULT 0,
    missing           jsonb NOT NULL DEFAULT '[]',
    cancelled         boolean NOT NULL DEFAULT false,
    deleted_at        timestamptz,
    asked_before      smallint NOT NULL DEFAULT 0,
    etag              text,
    name              varchar(100),
    takeout_id        uuid REFERENCES takeouts (id) ON DELETE CASCADE,
    part              integer,
    turn              double precision,
    claimed_at        timestamptz,
    stored_bytes      bigint,
    request_id        text,
    CONSTRAINT bdr_asked_natural CHECK (asked_before >= 0),
    CONSTRAINT bdr_cancelled_failed CHECK ((NOT cancelled) OR status = 'failed'),
    CONSTRAINT bdr_count_matches CHECK (cardinality(post_ids) = artwork_count),
    CONSTRAINT bdr_count_range CHECK (artwork_count >= 1 AND (artwork_count <=
CASE
    WHEN (takeout_id IS NULL) THEN 128
    ELSE 100000
END)),
    CONSTRAINT bdr_counters CHECK (attempt >= 0 AND faults >= 0 AND expired_leases >= 0 AND allowance_carried >= 0),
    CONSTRAINT bdr_error_short CHECK (length(error_message) <= 500),
    CONSTRAINT bdr_failed_explained CHECK (status <> 'failed' OR ((error_message IS NOT NULL) AND (completed_at IS NOT NULL))),
    CONSTRAINT bdr_file_iff_ready CHECK ((status = 'ready') = (file_path IS NOT NULL)),
    CONSTRAINT bdr_lease_iff_processing CHECK ((status = 'processing') = (lease_token IS NOT NULL)),
    CONSTRAINT bdr_lease_whole CHECK ((lease_token IS NULL) = (lease_expires_at IS NULL)),
    CONSTRAINT bdr_missing_list CHECK (jsonb_typeof(missing) = 'array'),
    CONSTRAINT bdr_part_of_takeout CHECK ((takeout_id IS NULL) = (part IS NULL)),
    CONSTRAINT bdr_part_positive CHECK (part >= 1),
    CONSTRAINT bdr_progress_range CHECK (processed_count >= 0 AND processed_count <= artwork_count),
    CONSTRAINT bdr_ready_dated CHECK (status <> 'ready' OR ((completed_at IS NOT NULL) AND (expires_at IS NOT NULL))),
    CONSTRAINT bdr_size_iff_file CHECK ((file_path IS NULL) = (file_size_bytes IS NULL)),
    CONSTRAINT bdr_size_positive CHECK (file_size_bytes > 0),
    CONSTRAINT bdr_status_known CHECK (status IN ('pending', 'processing', 'ready', 'failed', 'expired'))
) WITH (fillfactor='70');

-- rows past two weeks
CREATE INDEX ix_batch_download_requests_created_at ON batch_download_requests (created_at);
-- Seed 000 has it; ix_bdr_status_expires serves the queries of what expires. Who brings the site's own schema expects it.
CREATE INDEX ix_batch_download_requests_expires_at ON batch_download_requests (expires_at);
-- Seed 000 has it; the primary key serves every query by id. Who brings the site's own schema expects it.
CREATE INDEX ix_batch_download_requests_id ON batch_download_requests (id);
-- Seed 000 has it; ix_bdr_unfinished serves the queries of what is unfinished. Who brings the site's own schema expects it.
CREATE INDEX ix_batch_download_requests_status ON batch_download_requests (status);
-- Seed 000 has it; ix_bdr_user_created serves the queries of a user's downloads. Who brings the site's own schema expects it.
CREATE INDEX ix_batch_download_requests_user_id ON batch_download_requests (user_id);
-- The day's allowance, counted under a lock at every POST.
CREATE INDEX ix_bdr_allowance ON batch_download_requests (requested_by, allowance_at);
-- A user's rows that have a turn, and their next one behind.
CREATE INDEX ix_bdr_behind ON batch_download_requests (user_id, turn, next_attempt_at, id)
    WHERE status IN ('pending', 'processing') AND deleted_at IS NULL;
-- The console's list of what has failed, newest first.
CREATE INDEX ix_bdr_failed ON batch_download_requests (completed_at DESC)
    WHERE status = 'failed' AND deleted_at IS NULL;
-- A repeated POST finds its request again.
CREATE INDEX ix_bdr_idempotency ON batch_download_requests (requested_by, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
-- The claim: the lowest turn that waits, and the highest that runs.
CREATE INDEX ix_bdr_line ON batch_download_requests (status, turn, id) WHERE turn IS NOT NULL AND deleted_at IS NULL;
-- The daily forgetting: what ended two weeks ago and more, some rows at a time, whatever the size of the table.
CREATE INDEX ix_bdr_past ON batch_download_requests (COALESCE(deleted_at, expires_at, completed_at))
    WHERE status IN ('failed', 'expired');
-- cleanup of the expired
CREATE INDEX ix_bdr_status_expires ON batch_download_requests (status, expires_at);
-- A takeout's parts in order: the next one, and what has become of all.
CREATE UNIQUE INDEX ix_bdr_takeout_part ON batch_download_requests (takeout_id, part) WHERE takeout_id IS NOT NULL;
-- The sweep: the few requests that are not finished, whatever the size of the table.
CREATE INDEX ix_bdr_unfinished ON batch_download_requests (status, next_attempt_at)
    WHERE status IN ('pending', 'processing');
-- a user's newest 20
CREATE INDEX ix_bdr_user_created ON batch_download_requests (user_id, created_at DESC);
-- Every claim counts the user's running requests, and every end looks for the user's next.
CREATE INDEX ix_bdr_user_unfinished ON batch_download_requests (user_id, status, next_attempt_at)
    WHERE status IN ('pending', 'processing');

-- Whatever takes an archive's name out of its row (expiry, retry, removal, the user's end, psql) leaves the archive.
CREATE FUNCTION leave_bdr_archive() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- By the table's own schema: the caller's search path may be another one.
    EXECUTE format('INSERT INTO %I.vault_leftovers (key) VALUES ($1) ON CONFLICT (key) DO UPDATE SET due_at = now()',
                   TG_TABLE_SCHEMA) USING OLD.file_path;
    RETURN NULL;
END $$;

-- A download of a takeout that is built again, however that came: the takeout goes on.
CREATE FUNCTION takeout_begins_anew() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE takeouts SET completed_at = NULL, cancelled = false WHERE id = NEW.takeout_id;
    RETURN NULL;
END $$;

-- The mail that a takeout's last part writes has the id of the takeout's request, as every other row of work.
CREATE FUNCTION takeout_goes_on() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    -- One at a time: two parts that end together must not both find the other unfinished.
    PERFORM FROM takeouts WHERE id = NEW.takeout_id FOR UPDATE;
    IF EXISTS (SELECT FROM batch_download_requests
                WHERE takeout_id = NEW.takeout_id AND status IN ('pending', 'processing')
                  AND next_attempt_at < 'infinity' AND deleted_at IS NULL) THEN
        RETURN NULL;
    END IF;
    UPDATE batch_download_requests
       SET next_attempt_at = now()
     WHERE id = (SELECT id FROM batch_download_requests
                  WHERE takeout_id = NEW.takeout_id AND status = 'pending' AND deleted_at IS NULL
                  ORDER BY part
                  LIMIT 1);
    IF NOT FOUND THEN
        UPDATE takeouts SET completed_at = now() WHERE id = NEW.takeout_id AND completed_at IS NULL;
        -- One message when all are there; a takeout that was cancelled had ended before.
        INSERT INTO outbox (topic, user_id, about, news, request_id)
        SELECT 'takeout_ended', user_id, id::text, '', NEW.request_id FROM takeouts WHERE FOUND AND id = NEW.takeout_id AND send_email
            ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER bdr_archive_unnamed AFTER UPDATE OF file_path ON batch_download_requests
    FOR EACH ROW WHEN (OLD.file_path IS NOT NULL AND OLD.file_path IS DISTINCT FROM NEW.file_path)
    EXECUTE FUNCTION leave_bdr_archive();
CREATE TRIGGER bdr_archive_unowned AFTER DELETE ON batch_download_requests
    FOR EACH ROW WHEN (OLD.file_path IS NOT NULL)
    EXECUTE FUNCTION leave_bdr_archive();
-- Lease renewals and attempts are nobody's news.
CREATE TRIGGER bdr_changed AFTER UPDATE ON batch_download_requests
    FOR EACH ROW WHEN (
        (OLD.status, OLD.processed_count, OLD.missing, OLD.file_size_bytes, OLD.error_message, OLD.started_at,
         OLD.completed_at, OLD.expires_at, OLD.deleted_at)
        IS DISTINCT FROM
        (NEW.status, NEW.processed_count, NEW.missing, NEW.file_size_bytes, NEW.error_message, NEW.started_at,
         NEW.completed_at, NEW.expires_at, NEW.deleted_at))
    EXECUTE FUNCTION notify_changed('bdr');
CREATE TRIGGER bdr_part_begun_anew AFTER UPDATE ON batch_download_requests
    FOR EACH ROW WHEN (
        NEW.takeout_id IS NOT NULL AND OLD.status NOT IN ('pending', 'processing') AND NEW.status = 'pending')
    EXECUTE FUNCTION takeout_begins_anew();
CREATE TRIGGER bdr_part_changed AFTER UPDATE ON batch_download_requests
    FOR EACH ROW WHEN (
        NEW.takeout_id IS NOT NULL
        AND (OLD.status, OLD.deleted_at) IS DISTINCT FROM (NEW.status, NEW.deleted_at))
    EXECUTE FUNCTION notify_changed('takeout', 'takeout_id');
CREATE TRIGGER bdr_part_ended AFTER UPDATE ON batch_download_requests
    FOR EACH ROW WHEN (
        NEW.takeout_id IS NOT NULL
        AND OLD.status IN ('pending', 'processing') AND OLD.deleted_at IS NULL
        AND (NEW.status NOT IN ('pending', 'processing') OR NEW.deleted_at IS NOT NULL))
    EXECUTE FUNCTION takeout_goes_on();
CREATE TRIGGER bdr_written AFTER INSERT OR DELETE ON batch_download_requests
    FOR EACH ROW EXECUTE FUNCTION notify_changed('bdr');

SELECT work_triggers('bdr', '%1$s.deleted_at IS NULL');

-- A site may have a view in place of users, which nothing can refer to; see site/gone.py.
DO $$
BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = to_regclass('users')) IN ('r', 'p') THEN
        ALTER TABLE takeouts
            ADD CONSTRAINT takeout_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
        ALTER TABLE batch_download_requests
            ADD CONSTRAINT bdr_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
    END IF;
END $$;

-- migrate:down
DROP TABLE batch_download_requests, takeouts;
DROP FUNCTION takeout_goes_on(), takeout_begins_anew(), leave_bdr_archive();
