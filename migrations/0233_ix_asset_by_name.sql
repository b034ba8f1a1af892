-- GET /assets?sort=name: a page by (sort_name, id); a window deep in it is found in the index alone, which knows
-- what is in the trash. Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_asset_by_name ON asset (user_id, sort_name, id) INCLUDE (state);

-- migrate:down
DROP INDEX ix_asset_by_name;
