-- What was written before 0150, some at a time; its triggers know what to write. Originals are older than their results.

-- migrate:up transaction:false
DO $$
DECLARE
    at integer := 0;
    newest integer := coalesce((SELECT max(id) FROM asset), 0);
BEGIN
    WHILE at < newest LOOP
        UPDATE asset SET sort_path = NULL WHERE id > at AND id <= at + 2000 AND sort_path IS NULL;
        COMMIT;
        at := at + 2000;
    END LOOP;
END $$;

-- migrate:down
