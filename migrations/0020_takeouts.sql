-- Takeouts: everything at once, as named parts that are built one after another (SPEC section 5).

-- migrate:up
CREATE TABLE takeouts (
    id                uuid PRIMARY KEY DEFAULT gen_random_uuid(),
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
    CONSTRAINT takeout_counts CHECK (part_count >= 1 AND artwork_count >= part_count),
    CONSTRAINT takeout_cancelled_ended CHECK (NOT cancelled OR completed_at IS NOT NULL)
);
-- A user's takeouts, newest first; the last one, when another is asked for.
CREATE INDEX ix_takeouts_user_created ON takeouts (user_id, created_at DESC);

DO $$
BEGIN
    -- A site may put a view in the place of users, and nothing can refer to a view.
    IF (SELECT relkind FROM pg_class WHERE oid = to_regclass('users')) IN ('r', 'p') THEN
        ALTER TABLE takeouts ADD CONSTRAINT takeout_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
    END IF;
END $$;

ALTER TABLE batch_download_requests
    ADD COLUMN name varchar(100),
    ADD COLUMN takeout_id uuid REFERENCES takeouts (id) ON DELETE CASCADE,
    ADD COLUMN part integer,
    ADD CONSTRAINT bdr_part_of_takeout CHECK ((takeout_id IS NULL) = (part IS NULL)),
    ADD CONSTRAINT bdr_part_positive CHECK (part >= 1);
-- A takeout's parts in order: the next one, and what has become of all.
CREATE UNIQUE INDEX ix_bdr_takeout_part ON batch_download_requests (takeout_id, part) WHERE takeout_id IS NOT NULL;

-- A part that has ended lets the next one begin; the last one ends the takeout. Whoever ends it: a build, a cancelling,
-- a removal, psql. Waiting parts are due at “infinity”, so that nobody takes them before their turn.
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
        INSERT INTO outbox (topic, user_id, about, news)
        SELECT 'takeout_ended', user_id, id::text, '' FROM takeouts WHERE FOUND AND id = NEW.takeout_id AND send_email
            ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER bdr_part_ended AFTER UPDATE ON batch_download_requests
    FOR EACH ROW WHEN (
        NEW.takeout_id IS NOT NULL
        AND OLD.status IN ('pending', 'processing') AND OLD.deleted_at IS NULL
        AND (NEW.status NOT IN ('pending', 'processing') OR NEW.deleted_at IS NOT NULL))
    EXECUTE FUNCTION takeout_goes_on();

CREATE TRIGGER bdr_part_changed AFTER UPDATE ON batch_download_requests
    FOR EACH ROW WHEN (
        NEW.takeout_id IS NOT NULL
        AND (OLD.status, OLD.deleted_at) IS DISTINCT FROM (NEW.status, NEW.deleted_at))
    EXECUTE FUNCTION notify_changed('takeout', 'takeout_id');

CREATE TRIGGER takeout_written AFTER INSERT OR UPDATE OR DELETE ON takeouts
    FOR EACH ROW EXECUTE FUNCTION notify_changed('takeout');

-- migrate:down
DROP TRIGGER bdr_part_ended ON batch_download_requests;
DROP TRIGGER bdr_part_changed ON batch_download_requests;
DROP FUNCTION takeout_goes_on();
ALTER TABLE batch_download_requests DROP COLUMN name, DROP COLUMN takeout_id, DROP COLUMN part;
DROP TABLE takeouts;
