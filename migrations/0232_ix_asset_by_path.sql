-- GET /assets?sort=path, and ?folder=: a page by (sort_path, id), and a folder with all below it; a window deep in it is found in the index alone, which knows
-- what is in the trash. Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_asset_by_path ON asset (user_id, sort_path, id) INCLUDE (state);

-- migrate:down
DROP INDEX ix_asset_by_path;
