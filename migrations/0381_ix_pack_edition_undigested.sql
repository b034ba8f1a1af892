-- The upkeep's next edition without a SHA-256, the smallest first. Alone in its file: nobody's writing waits while it is
-- made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_pack_edition_undigested ON pack_edition (size_bytes) WHERE sha256 IS NULL;

-- migrate:down
DROP INDEX ix_pack_edition_undigested;
