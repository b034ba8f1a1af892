-- GET /assets?sort=kind: a page by (type, sort_path, id).
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_asset_user_kind ON asset (user_id, type, sort_path, id);

-- migrate:down
DROP INDEX ix_asset_user_kind;
