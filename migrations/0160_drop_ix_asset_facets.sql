-- ix_asset_facets_judged begins as it did.
-- Alone in its file: nobody's writing waits while it goes.

-- migrate:up transaction:false
DROP INDEX CONCURRENTLY IF EXISTS ix_asset_facets;

-- migrate:down
CREATE INDEX ix_asset_facets ON asset (user_id, state, type, provenance, theme);
