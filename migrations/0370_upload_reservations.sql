-- What uploads still wait for is reserved on the disk only while it comes: for a minute after it was announced, and after
-- each arrival of bytes. Announcing alone counts for one minute an hour, so that nobody keeps others out by it.

-- migrate:up
ALTER TABLE library_usage
    ADD COLUMN awaited_until timestamptz NOT NULL DEFAULT '-infinity', -- until when awaited_bytes are reserved
    ADD COLUMN announced_at  timestamptz NOT NULL DEFAULT '-infinity'; -- which reserved them; bytes that arrive reset it

CREATE OR REPLACE FUNCTION count_announced() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO library_usage AS usage
           (user_id, size_bytes, reserved_files, reserved_bytes, awaited_bytes, awaited_until, announced_at)
    SELECT user_id, 0, count(*), coalesce(sum(file_size), 0), coalesce(sum(file_size - received_bytes), 0),
           now() + interval '1 minute', now()
      FROM came
     WHERE processing_status IN ('pending', 'processing') AND follows IS NULL
     GROUP BY user_id
     ORDER BY user_id
        ON CONFLICT (user_id) DO UPDATE
       SET reserved_files = usage.reserved_files + excluded.reserved_files,
           reserved_bytes = usage.reserved_bytes + excluded.reserved_bytes,
           awaited_bytes = usage.awaited_bytes + excluded.awaited_bytes,
           awaited_until = CASE WHEN usage.announced_at < now() - interval '1 hour'
                                THEN excluded.awaited_until ELSE usage.awaited_until END,
           announced_at = CASE WHEN usage.announced_at < now() - interval '1 hour'
                               THEN excluded.announced_at ELSE usage.announced_at END;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION count_moved() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE library_usage AS usage
       SET reserved_files = reserved_files + files, reserved_bytes = reserved_bytes + bytes,
           awaited_bytes = awaited_bytes + awaited,
           awaited_until = CASE WHEN is_arriving THEN now() + interval '1 minute' ELSE awaited_until END,
           announced_at = CASE WHEN is_arriving THEN '-infinity' ELSE announced_at END
      FROM (SELECT user_id, sum(sign) AS files, coalesce(sum(sign * file_size), 0) AS bytes,
                   coalesce(sum(sign * (file_size - received_bytes)), 0) AS awaited,
                   sum(sign * received_bytes) > 0 AS is_arriving
              FROM (SELECT 1 AS sign, * FROM came UNION ALL SELECT -1, * FROM went) AS line
             WHERE processing_status IN ('pending', 'processing') AND follows IS NULL
             GROUP BY user_id) AS moved
     WHERE usage.user_id = moved.user_id AND (files, bytes, awaited) IS DISTINCT FROM (0, 0, 0);
    RETURN NULL;
END $$;

-- migrate:down
CREATE OR REPLACE FUNCTION count_announced() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO library_usage AS usage (user_id, size_bytes, reserved_files, reserved_bytes, awaited_bytes)
    SELECT user_id, 0, count(*), coalesce(sum(file_size), 0), coalesce(sum(file_size - received_bytes), 0)
      FROM came
     WHERE processing_status IN ('pending', 'processing') AND follows IS NULL
     GROUP BY user_id
     ORDER BY user_id
        ON CONFLICT (user_id) DO UPDATE
       SET reserved_files = usage.reserved_files + excluded.reserved_files,
           reserved_bytes = usage.reserved_bytes + excluded.reserved_bytes,
           awaited_bytes = usage.awaited_bytes + excluded.awaited_bytes;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION count_moved() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE library_usage AS usage
       SET reserved_files = reserved_files + files, reserved_bytes = reserved_bytes + bytes,
           awaited_bytes = awaited_bytes + awaited
      FROM (SELECT user_id, sum(sign) AS files, coalesce(sum(sign * file_size), 0) AS bytes,
                   coalesce(sum(sign * (file_size - received_bytes)), 0) AS awaited
              FROM (SELECT 1 AS sign, * FROM came UNION ALL SELECT -1, * FROM went) AS line
             WHERE processing_status IN ('pending', 'processing') AND follows IS NULL
             GROUP BY user_id) AS moved
     WHERE usage.user_id = moved.user_id AND (files, bytes, awaited) IS DISTINCT FROM (0, 0, 0);
    RETURN NULL;
END $$;

ALTER TABLE library_usage DROP COLUMN awaited_until, DROP COLUMN announced_at;
