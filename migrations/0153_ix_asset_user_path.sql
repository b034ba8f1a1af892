-- GET /assets?sort=path, and ?folder=: a page by (sort_path, id), and a folder with all below it.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_asset_user_path ON asset (user_id, sort_path, id);

-- migrate:down
DROP INDEX ix_asset_user_path;
