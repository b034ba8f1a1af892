-- GET /assets?sort=name: a page by (sort_name, id).
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_asset_user_name ON asset (user_id, sort_name, id);

-- migrate:down
DROP INDEX ix_asset_user_name;
