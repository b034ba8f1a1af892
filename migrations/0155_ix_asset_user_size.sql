-- GET /assets?sort=size: a page by (size_bytes, id).
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_asset_user_size ON asset (user_id, size_bytes, id);

-- migrate:down
DROP INDEX ix_asset_user_size;
