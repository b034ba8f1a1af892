-- How many files each library has, and what their previews weigh, counted once; from then on triggers keep it.
-- Nobody waits: a library that is written to while it is counted is counted again, and one that never rests stays
-- uncounted, which costs a count each time that it is asked for.

-- migrate:up transaction:false
DO $$
DECLARE
    library record;
BEGIN
    FOR library IN SELECT user_id FROM library_usage WHERE file_count IS NULL LOOP
        FOR attempt IN 1..10 LOOP
            -- Whatever adds or removes files writes the library's row in the same transaction.
            UPDATE library_usage AS usage
               SET file_count = counted.files, preview_bytes = counted.bytes
              FROM (SELECT before.xmin AS seen, count(asset.id) AS files,
                           coalesce(sum(bytes_of_previews(previews)), 0)::bigint AS bytes
                      FROM library_usage AS before LEFT JOIN asset USING (user_id)
                     WHERE before.user_id = library.user_id
                     GROUP BY before.xmin) AS counted
             WHERE usage.user_id = library.user_id AND usage.xmin = counted.seen;
            EXIT WHEN FOUND;
            COMMIT;
        END LOOP;
        COMMIT;
    END LOOP;
END $$;

-- migrate:down
UPDATE library_usage SET file_count = NULL, preview_bytes = NULL;
