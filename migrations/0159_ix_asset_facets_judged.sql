-- GET /assets: the total and the facets, counted in the index alone; what ix_asset_facets did, with stars and colours.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_asset_facets_judged ON asset (user_id, state, type, provenance, theme, rating, label);

-- migrate:down
DROP INDEX ix_asset_facets_judged;
