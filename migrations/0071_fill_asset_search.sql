-- The files that were there before 0070, some at a time; what is written meanwhile is kept by its triggers.

-- migrate:up transaction:false
DO $$
DECLARE
    at integer := 0;
    newest integer := coalesce((SELECT max(id) FROM asset), 0);
BEGIN
    WHILE at < newest LOOP
        -- Under a lock that lets others write: a file that is removed meanwhile leaves nothing behind.
        INSERT INTO asset_search (asset_id, user_id, words)
        SELECT id, user_id, search_words(asset) FROM asset WHERE id > at AND id <= at + 5000 FOR KEY SHARE
            ON CONFLICT (asset_id) DO NOTHING;
        COMMIT;
        at := at + 5000;
    END LOOP;
END $$;

-- migrate:down
DELETE FROM asset_search;
