-- GET /assets?sort=rating and ?rating=: a page by (rating, created_at, id), the best of them.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_asset_user_rating ON asset (user_id, rating, created_at, id);

-- migrate:down
DROP INDEX ix_asset_user_rating;
