-- What there is, less what has been counted since 0086, as one statement sees both: nobody's writing waits.

-- migrate:up
INSERT INTO library_counts
SELECT user_id, state, type, provenance, sum(files)
  FROM (SELECT user_id, state, type, provenance, count(*) AS files FROM asset GROUP BY 1, 2, 3, 4
        UNION ALL SELECT user_id, state, type, provenance, -files FROM library_counts) AS missing
 GROUP BY 1, 2, 3, 4 HAVING sum(files) <> 0;

-- migrate:down
DELETE FROM library_counts;
