-- GET /assets/{id}: what looks the same. One of four bands of 16 bits differs in one bit at most.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_reports_dhash_3 ON reports (user_id, ((dhash::bigint >> 48) & 65535)) INCLUDE (asset_id, dhash)
 WHERE dhash IS NOT NULL;

-- migrate:down
DROP INDEX ix_reports_dhash_3;
