-- GET /posts?sort=description: a window of all of them. A site's own posts are its operator's.
-- when: obj_description(to_regclass('users'), 'pg_class') = 'created by pmd migrate'
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_posts_owner_description ON posts
 (owner_id, (left(natural_key(folded(left(nullif(description, ''), 200))), 300) COLLATE "C"), created_at DESC, id DESC)
 WHERE kind = 'artwork' AND NOT deleted_by_user
