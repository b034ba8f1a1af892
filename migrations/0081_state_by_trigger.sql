-- An asset's state and a look's hash are written by triggers: a generated column rewrites its table when it comes, and
-- everybody waits. Where 0018 has made generated ones, they become plain ones as they are.

-- migrate:up
ALTER TABLE asset ALTER COLUMN state DROP EXPRESSION IF EXISTS;
ALTER TABLE asset ALTER COLUMN state DROP NOT NULL;
ALTER TABLE reports ALTER COLUMN dhash DROP EXPRESSION IF EXISTS;

CREATE FUNCTION asset_state(file asset) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN file.deleted_at IS NOT NULL THEN 'trash'
                WHEN file.approved THEN 'approved'
                WHEN file.rejected_at IS NOT NULL THEN 'set_aside'
                ELSE 'new' END
$$;

CREATE FUNCTION report_dhash(facts jsonb) RETURNS bit(64) LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN facts ->> 'dhash' ~ '^[0-9a-f]{16}$' THEN ('x' || (facts ->> 'dhash'))::bit(64) END
$$;

CREATE FUNCTION keep_asset_state() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    NEW.state := asset_state(NEW);
    RETURN NEW;
END $$;

CREATE FUNCTION keep_report_dhash() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    NEW.dhash := report_dhash(NEW.facts);
    RETURN NEW;
END $$;

CREATE TRIGGER asset_state_kept BEFORE INSERT OR UPDATE ON asset
    FOR EACH ROW EXECUTE FUNCTION keep_asset_state();
CREATE TRIGGER report_dhash_kept BEFORE INSERT OR UPDATE ON reports
    FOR EACH ROW EXECUTE FUNCTION keep_report_dhash();

-- migrate:down
DROP TRIGGER report_dhash_kept ON reports;
DROP TRIGGER asset_state_kept ON asset;
DROP FUNCTION keep_report_dhash();
DROP FUNCTION keep_asset_state();
DROP FUNCTION report_dhash(jsonb);
DROP FUNCTION asset_state(asset);
