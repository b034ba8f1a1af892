-- GET /assets?q=: a word among 65,536 files of everybody's. Its list of what is pending is read by every search: a short one.
-- extensions: pg_trgm, btree_gin
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_asset_search_words ON asset_search
 USING gin (user_id, (asset_id >> 16), words gin_trgm_ops) WITH (gin_pending_list_limit = 256)
