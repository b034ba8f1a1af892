-- GET /assets: the total and the facets, counted in the index alone.
-- Alone in its file: nobody's writing waits while it is made. A database may have it since 0018.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_asset_facets ON asset (user_id, state, type, provenance, theme);

-- migrate:down
DROP INDEX ix_asset_facets;
