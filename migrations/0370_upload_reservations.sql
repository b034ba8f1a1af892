-- What each upload reserves on the disk: the bytes that it still waits for. It counts for a minute after they were
-- announced, and after each arrival of bytes. Announcing alone counts for one minute an hour and account, so that nobody
-- keeps others out by it. Triggers keep it, whoever writes. library_usage.awaited_bytes stays what is awaited in all.

-- migrate:up
CREATE TABLE upload_reservation (
    upload_id uuid PRIMARY KEY REFERENCES batch_reports (id) ON DELETE CASCADE,
    bytes     bigint NOT NULL,
    until     timestamptz NOT NULL
);

-- Until when an account's announcements count; reset when bytes arrive.
ALTER TABLE library_usage ADD COLUMN announced_until timestamptz NOT NULL DEFAULT '-infinity';

CREATE FUNCTION reserve_upload(of_user integer, upload uuid, more bigint) RETURNS void
    LANGUAGE sql SET search_path FROM CURRENT AS $$
    WITH account AS (
        UPDATE library_usage
           SET announced_until = CASE WHEN announced_until > now() - interval '1 hour' THEN announced_until
                                      ELSE now() + interval '1 minute' END
         WHERE user_id = of_user
        RETURNING announced_until
    )
    INSERT INTO upload_reservation AS reserved (upload_id, bytes, until)
    SELECT upload, more, announced_until FROM account
        ON CONFLICT (upload_id) DO UPDATE
       SET bytes = reserved.bytes + more, until = greatest(reserved.until, excluded.until)
$$;

-- Both are called by triggers that fire after those of library_usage, which insert its row: by their names.
CREATE FUNCTION reserve_announced() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM reserve_upload(user_id, batch_id, bytes)
       FROM (SELECT user_id, batch_id, sum(file_size - received_bytes)::bigint AS bytes
               FROM came
              WHERE processing_status IN ('pending', 'processing') AND follows IS NULL
              GROUP BY user_id, batch_id) AS announced
      WHERE bytes > 0;
    RETURN NULL;
END $$;

CREATE FUNCTION reserve_moved() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    moved record;
BEGIN
    FOR moved IN
        SELECT user_id, batch_id, sum(sign * (file_size - received_bytes))::bigint AS bytes,
               sum(sign * received_bytes) > 0 AS is_sending
          FROM (SELECT 1 AS sign, * FROM came UNION ALL SELECT -1, * FROM went) AS line
         WHERE processing_status IN ('pending', 'processing') AND follows IS NULL
         GROUP BY user_id, batch_id
        HAVING sum(sign * (file_size - received_bytes)) <> 0
         ORDER BY batch_id
    LOOP
        IF moved.is_sending THEN
            UPDATE library_usage SET announced_until = '-infinity'
             WHERE user_id = moved.user_id AND announced_until > '-infinity';
        END IF;
        IF moved.bytes > 0 THEN -- a retry
            PERFORM reserve_upload(moved.user_id, moved.batch_id, moved.bytes);
        ELSE
            UPDATE upload_reservation
               SET bytes = bytes + moved.bytes,
                   until = CASE WHEN moved.is_sending THEN now() + interval '1 minute' ELSE until END
             WHERE upload_id = moved.batch_id;
            DELETE FROM upload_reservation WHERE upload_id = moved.batch_id AND bytes <= 0;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

CREATE TRIGGER line_reserved AFTER INSERT ON batch_report_files
    REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION reserve_announced();
CREATE TRIGGER line_reserved_anew AFTER UPDATE ON batch_report_files
    REFERENCING OLD TABLE AS went NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION reserve_moved();

-- Nobody writes lines from here to the end of the transaction.
INSERT INTO upload_reservation (upload_id, bytes, until)
SELECT batch_id, sum(file_size - received_bytes), now() + interval '1 minute'
  FROM batch_report_files
 WHERE processing_status IN ('pending', 'processing') AND follows IS NULL
 GROUP BY batch_id
HAVING sum(file_size - received_bytes) > 0;

-- migrate:down
DROP TRIGGER line_reserved_anew ON batch_report_files;
DROP TRIGGER line_reserved ON batch_report_files;
DROP FUNCTION reserve_moved();
DROP FUNCTION reserve_announced();
DROP FUNCTION reserve_upload(integer, uuid, bigint);
ALTER TABLE library_usage DROP COLUMN announced_until;
DROP TABLE upload_reservation;
