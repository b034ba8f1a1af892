-- GET /posts?q=: a word among 65,536 posts of everybody's. Its list of what is pending is read by every search: a short one.
-- extensions: pg_trgm, btree_gin
-- when: to_regclass('post_search') IS NOT NULL
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_post_search_words ON post_search
 USING gin (owner_id, (post_id >> 16), words gin_trgm_ops) WITH (gin_pending_list_limit = 256)
