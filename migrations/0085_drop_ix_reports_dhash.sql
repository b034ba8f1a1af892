-- ix_reports_dhash_0 to 3 find what looks the same without reading every hash of a user's.
-- Alone in its file: nobody's writing waits while it goes.

-- migrate:up transaction:false
DROP INDEX CONCURRENTLY IF EXISTS ix_reports_dhash;

-- migrate:down
