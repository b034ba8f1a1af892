-- GET /posts?hashtag=: those of one user, where ix_posts_hashtags has everybody's. A site's own posts are its operator's.
-- extensions: btree_gin
-- when: obj_description(to_regclass('users'), 'pg_class') = 'created by pmd migrate'
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_posts_owner_hashtags ON posts USING gin (owner_id, hashtags)
 WHERE kind = 'artwork'
