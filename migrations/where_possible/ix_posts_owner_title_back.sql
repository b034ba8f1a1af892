-- GET /posts?sort=-title: the same the other way round, with those without a title last as well.
-- when: obj_description(to_regclass('users'), 'pg_class') = 'created by pmd migrate'
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_posts_owner_title_back ON posts
 (owner_id, (natural_key(folded(nullif(title, ''))) COLLATE "C") DESC NULLS LAST, created_at DESC, id DESC)
 WHERE kind = 'artwork' AND NOT deleted_by_user
