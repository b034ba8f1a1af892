-- Beside a site, what moderators do here stands in the site's own trail as well (SPEC section 14).

-- migrate:up
-- “pmd site attach” makes site_audit from the map, as the owner of the site's tables: the service's role may not write
-- there itself. Where there is none, the trail is ours alone.
CREATE FUNCTION tell_site_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- By the table's own schema: the caller's search path may be another one.
    IF to_regprocedure(format('%I.site_audit(integer, text, integer, integer[], text)', TG_TABLE_SCHEMA)) IS NOT NULL THEN
        EXECUTE format('SELECT %I.site_audit($1, $2, $3, $4, $5)', TG_TABLE_SCHEMA)
          USING NEW.actor_id, NEW.action, NEW.target_user_id, NEW.post_ids, NEW.reason;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER audit_written AFTER INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION tell_site_audit();

-- migrate:down
DROP TRIGGER audit_written ON audit_log;
DROP FUNCTION tell_site_audit();
