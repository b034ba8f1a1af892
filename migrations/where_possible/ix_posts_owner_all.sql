-- GET /posts?state=all: a page by (created_at, id), and how many there are. A site's own posts are its operator's.
-- when: obj_description(to_regclass('users'), 'pg_class') = 'created by pmd migrate'
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_posts_owner_all ON posts (owner_id, created_at DESC, id DESC)
 WHERE kind = 'artwork'
