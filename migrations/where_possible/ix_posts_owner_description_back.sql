-- GET /posts?sort=-description: the same the other way round, with those without a description last as well.
-- when: obj_description(to_regclass('users'), 'pg_class') = 'created by pmd migrate'
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_posts_owner_description_back ON posts
 (owner_id, (left(natural_key(folded(left(nullif(description, ''), 200))), 300) COLLATE "C") DESC NULLS LAST, created_at DESC, id DESC)
 WHERE kind = 'artwork' AND NOT deleted_by_user
