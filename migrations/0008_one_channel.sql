-- One channel for everything that can be followed live (SPEC section 6, LIBRARY section 6): “user kind id”.

-- migrate:up
-- Whoever changes a row, psql too, tells the subscribers in the changing transaction. Ids only: NOTIFY's payload is
-- short, and readers take the state from the tables. Names are qualified: the caller's search path is anybody's.
-- Arguments: the kind, and which column holds the id (“id” unless told).
CREATE FUNCTION notify_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed record;
    told text;
BEGIN
    IF TG_OP = 'DELETE' THEN changed := OLD; ELSE changed := NEW; END IF;
    IF TG_NARGS > 1 THEN
        told := pg_catalog.to_jsonb(changed) ->> TG_ARGV[1];
    ELSE
        told := changed.id::text;
    END IF;
    PERFORM pg_catalog.pg_notify('pmd_changed', changed.user_id::text || ' ' || TG_ARGV[0] || ' ' || told);
    RETURN NULL;
END $$;

DROP TRIGGER bdr_written ON batch_download_requests;
DROP TRIGGER bdr_changed ON batch_download_requests;
DROP FUNCTION notify_bdr_changed();

CREATE TRIGGER bdr_written AFTER INSERT OR DELETE ON batch_download_requests
    FOR EACH ROW EXECUTE FUNCTION notify_changed('bdr');

-- Lease renewals and attempts are nobody's news.
CREATE TRIGGER bdr_changed AFTER UPDATE ON batch_download_requests
    FOR EACH ROW WHEN (
        (OLD.status, OLD.processed_count, OLD.missing, OLD.file_size_bytes, OLD.error_message, OLD.started_at,
         OLD.completed_at, OLD.expires_at, OLD.deleted_at)
        IS DISTINCT FROM
        (NEW.status, NEW.processed_count, NEW.missing, NEW.file_size_bytes, NEW.error_message, NEW.started_at,
         NEW.completed_at, NEW.expires_at, NEW.deleted_at))
    EXECUTE FUNCTION notify_changed('bdr');

-- migrate:down
DROP TRIGGER bdr_written ON batch_download_requests;
DROP TRIGGER bdr_changed ON batch_download_requests;
DROP FUNCTION notify_changed();

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
