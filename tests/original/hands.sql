-- What the tests write with: the service's shape of users, posts and so on over the original's tables, which fills
-- in what only the original knows. It stands first in the tests' own search path, and never in the service's.
CREATE SCHEMA hands;

CREATE VIEW hands.users AS
SELECT id, user_key, public_sqid::text, handle::text, email::text, roles, deactivated, banned_until, created_at
  FROM public.users;

CREATE FUNCTION hands.write_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.id := coalesce(NEW.id, nextval('public.users_id_seq'));
        INSERT INTO public.users (id, user_key, public_sqid, handle, email, email_verified, roles, deactivated,
                                  banned_until, created_at, handle_normalized)
        VALUES (NEW.id, gen_random_uuid(), NEW.public_sqid, NEW.handle, coalesce(NEW.email, NEW.id || '@example.invalid'),
                true, coalesce(NEW.roles, '["user"]'), coalesce(NEW.deactivated, false), NEW.banned_until,
                coalesce(NEW.created_at, now()), lower(NEW.handle) || NEW.id);
        RETURN NEW;
    ELSIF TG_OP = 'UPDATE' THEN
        UPDATE public.users
           SET public_sqid = NEW.public_sqid, handle = NEW.handle, email = NEW.email, roles = NEW.roles,
               deactivated = NEW.deactivated, banned_until = NEW.banned_until
         WHERE id = OLD.id;
        RETURN NEW;
    END IF;
    -- As the site deletes an account: what refers to it goes with it.
    DELETE FROM public.reactions WHERE user_id = OLD.id OR post_id IN (SELECT id FROM public.posts WHERE owner_id = OLD.id);
    DELETE FROM public.comments WHERE post_id IN (SELECT id FROM public.posts WHERE owner_id = OLD.id);
    UPDATE public.comments SET author_id = NULL WHERE author_id = OLD.id;
    DELETE FROM public.posts WHERE owner_id = OLD.id;
    DELETE FROM public.users WHERE id = OLD.id;
    RETURN OLD;
END $$;
CREATE TRIGGER write INSTEAD OF INSERT OR UPDATE OR DELETE ON hands.users
    FOR EACH ROW EXECUTE FUNCTION hands.write_users();

CREATE VIEW hands.posts AS
SELECT post.xmin, post.ctid, post.id, owner_id, kind::text, public_sqid::text, title::text, description, hashtags::text[],
       art_url::text, width, height, frame_count,
       (SELECT format::text FROM public.post_files WHERE post_id = post.id AND is_native) AS file_format,
       (SELECT file_bytes::bigint FROM public.post_files WHERE post_id = post.id AND is_native) AS file_bytes,
       license_id, hidden_by_user, hidden_by_mod, deleted_by_user, deleted_by_user_date, view_count, created_at
  FROM public.posts AS post;

CREATE FUNCTION hands.write_posts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM public.comments WHERE post_id = OLD.id;
        DELETE FROM public.reactions WHERE post_id = OLD.id;
        DELETE FROM public.posts WHERE id = OLD.id;
        RETURN OLD;
    END IF;
    IF TG_OP = 'INSERT' THEN
        NEW.id := coalesce(NEW.id, nextval('public.posts_id_seq'));
        -- Both of the site's shard layouts: three pairs of hexadecimal digits, and two.
        INSERT INTO public.posts (id, storage_key, storage_shard, public_sqid, kind, owner_id, title, description, hashtags,
                                  art_url, width, height, frame_count, license_id, hidden_by_user, hidden_by_mod,
                                  deleted_by_user, deleted_by_user_date, view_count, created_at)
        VALUES (NEW.id, gen_random_uuid(), CASE NEW.id % 2 WHEN 0 THEN 'ab/cd/ef' ELSE 'ab/cd' END, NEW.public_sqid,
                coalesce(NEW.kind, 'artwork'), NEW.owner_id, coalesce(NEW.title, ''), NEW.description,
                coalesce(NEW.hashtags, '{}'), NEW.art_url, NEW.width, NEW.height, coalesce(NEW.frame_count, 1),
                NEW.license_id, coalesce(NEW.hidden_by_user, false), coalesce(NEW.hidden_by_mod, false),
                coalesce(NEW.deleted_by_user, false), NEW.deleted_by_user_date, coalesce(NEW.view_count, 0),
                coalesce(NEW.created_at, now()));
    ELSE
        UPDATE public.posts
           SET owner_id = NEW.owner_id, kind = NEW.kind, public_sqid = NEW.public_sqid, title = coalesce(NEW.title, ''),
               description = NEW.description, hashtags = NEW.hashtags, art_url = NEW.art_url, width = NEW.width,
               height = NEW.height, frame_count = NEW.frame_count, license_id = NEW.license_id,
               hidden_by_user = NEW.hidden_by_user, hidden_by_mod = NEW.hidden_by_mod,
               deleted_by_user = NEW.deleted_by_user, deleted_by_user_date = NEW.deleted_by_user_date,
               view_count = NEW.view_count, created_at = NEW.created_at
         WHERE id = OLD.id;
        DELETE FROM public.post_files WHERE post_id = OLD.id AND is_native;
    END IF;
    IF NEW.file_format IS NOT NULL THEN
        INSERT INTO public.post_files (post_id, format, file_bytes, is_native)
        VALUES (NEW.id, left(NEW.file_format, 10), least(coalesce(NEW.file_bytes, 0), 2147483647), true);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER write INSTEAD OF INSERT OR UPDATE OR DELETE ON hands.posts
    FOR EACH ROW EXECUTE FUNCTION hands.write_posts();

CREATE VIEW hands.comments AS
SELECT id, post_id, author_id, body, hidden_by_mod, deleted_by_owner, deleted_by_mod, created_at FROM public.comments;
ALTER VIEW hands.comments ALTER COLUMN id SET DEFAULT gen_random_uuid();
CREATE VIEW hands.reactions AS SELECT id, post_id, user_id, emoji, created_at FROM public.reactions;
CREATE VIEW hands.licenses AS SELECT id, identifier, title FROM public.licenses;
CREATE FUNCTION hands.write_licenses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.licenses (identifier, title, canonical_url, badge_path)
    VALUES (NEW.identifier, NEW.title, 'https://example.invalid/' || NEW.identifier, '/badges/x.svg');
    RETURN NEW;
END $$;
CREATE TRIGGER write INSTEAD OF INSERT ON hands.licenses FOR EACH ROW EXECUTE FUNCTION hands.write_licenses();
