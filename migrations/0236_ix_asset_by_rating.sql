-- GET /assets?sort=rating and ?rating=: a page by (rating, created_at, id), the best of them; a window deep in it is found in the index alone, which knows
-- what is in the trash. Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_asset_by_rating ON asset (user_id, rating, created_at, id) INCLUDE (state);

-- migrate:down
DROP INDEX ix_asset_by_rating;
