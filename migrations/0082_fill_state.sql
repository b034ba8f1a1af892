-- What was written before 0081, some at a time; its triggers know what to write.

-- migrate:up transaction:false
DO $$
DECLARE
    at integer := 0;
    newest integer := coalesce((SELECT max(id) FROM asset), 0);
    from_id uuid := '00000000-0000-0000-0000-000000000000';
    to_id uuid;
BEGIN
    WHILE at < newest LOOP
        UPDATE asset SET state = NULL WHERE id > at AND id <= at + 2000 AND state IS NULL;
        COMMIT;
        at := at + 2000;
    END LOOP;
    LOOP
        SELECT id INTO to_id FROM reports WHERE id > from_id ORDER BY id OFFSET 1999 LIMIT 1;
        UPDATE reports SET dhash = NULL
         WHERE id > from_id AND (to_id IS NULL OR id <= to_id) AND dhash IS NULL AND facts ? 'dhash';
        COMMIT;
        EXIT WHEN to_id IS NULL;
        from_id := to_id;
    END LOOP;
END $$;

-- migrate:down
