-- GET /assets: the total and the facets of a large library, and its live counts: kept, and never counted anew.
-- Writers only add rows, so that none waits for another; the sweep adds a user's rows up.

-- migrate:up
CREATE TABLE library_counts (
    user_id    integer NOT NULL,
    state      text NOT NULL,
    type       text NOT NULL,
    provenance text NOT NULL,
    files      bigint NOT NULL -- more or fewer than before
);
CREATE INDEX ix_library_counts_user ON library_counts (user_id) INCLUDE (state, type, provenance, files);

CREATE FUNCTION keep_library_counts() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO library_counts
        SELECT user_id, state, type, provenance, count(*) FROM written GROUP BY 1, 2, 3, 4;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO library_counts
        SELECT user_id, state, type, provenance, -count(*) FROM removed GROUP BY 1, 2, 3, 4;
    ELSE
        INSERT INTO library_counts
        SELECT user_id, state, type, provenance, sum(files)
          FROM (SELECT user_id, state, type, provenance, 1 AS files FROM written
                UNION ALL SELECT user_id, state, type, provenance, -1 FROM removed) AS changed
         GROUP BY 1, 2, 3, 4 HAVING sum(files) <> 0;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER asset_counted_added AFTER INSERT ON asset
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION keep_library_counts();
CREATE TRIGGER asset_counted_changed AFTER UPDATE ON asset
    REFERENCING NEW TABLE AS written OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION keep_library_counts();
CREATE TRIGGER asset_counted_removed AFTER DELETE ON asset
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION keep_library_counts();

-- migrate:down
DROP TRIGGER asset_counted_removed ON asset;
DROP TRIGGER asset_counted_changed ON asset;
DROP TRIGGER asset_counted_added ON asset;
DROP FUNCTION keep_library_counts();
DROP TABLE library_counts;
