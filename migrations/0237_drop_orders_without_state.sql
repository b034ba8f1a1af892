-- 0231 to 0236 begin as these do.

-- migrate:up
DROP INDEX IF EXISTS ix_asset_user_created, ix_asset_user_path, ix_asset_user_name, ix_asset_user_size,
    ix_asset_user_kind, ix_asset_user_rating;

-- migrate:down
CREATE INDEX ix_asset_user_created ON asset (user_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX ix_asset_user_path ON asset (user_id, sort_path, id);
CREATE INDEX ix_asset_user_name ON asset (user_id, sort_name, id);
CREATE INDEX ix_asset_user_size ON asset (user_id, size_bytes, id);
CREATE INDEX ix_asset_user_kind ON asset (user_id, type, sort_path, id);
CREATE INDEX ix_asset_user_rating ON asset (user_id, rating, created_at, id);
