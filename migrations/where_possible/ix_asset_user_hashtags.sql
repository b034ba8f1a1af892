-- GET /assets?hashtag=: of one user, where ix_asset_hashtags has everybody's.
-- extensions: btree_gin
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_asset_user_hashtags ON asset USING gin (user_id, hashtags)
