-- The mail that a takeout's last part writes has the id of the takeout's request, as every other row of work.

-- migrate:up
CREATE OR REPLACE FUNCTION takeout_goes_on() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
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

-- migrate:down
CREATE OR REPLACE FUNCTION takeout_goes_on() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
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
