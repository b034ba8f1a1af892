-- The triggers that keep the lines, and who waits now is lined up by the first workers that see it.
-- Workers of the release before claim by the row's id: what they begin counts, and their indexes
-- (ix_bdr_user_unfinished, ix_job_user_unfinished, ix_outbox_user_unsettled) stay for a release.

-- migrate:up transaction:false
DO $$
DECLARE
    kind record;
BEGIN
    FOR kind IN SELECT * FROM (VALUES
            ('bdr', '%1$s.deleted_at IS NULL'),
            ('looking', '%1$s.follows IS NULL'),
            ('task', '%1$s.kind <> ''export_pack'''),
            ('export', '%1$s.kind = ''export_pack'''),
            ('email', '%1$s.channel = ''mail'''),
            ('webhook', '%1$s.channel = ''webhook''')) AS of (name, is_one)
           JOIN work_kinds USING (name) LOOP
        PERFORM work_triggers(kind.name, kind.is_one);
        EXECUTE format('INSERT INTO work_accounts (kind, user_id, wakes_at)
                        SELECT DISTINCT %L, user_id, now() FROM %I
                         WHERE %I = %L AND %s AND next_attempt_at < ''infinity''
                            ON CONFLICT (kind, user_id) DO UPDATE SET wakes_at = excluded.wakes_at',
                       kind.name, kind.source, kind.status, kind.waiting, kind.wanted);
        EXECUTE format('UPDATE %I SET turn = 0 WHERE %I = %L AND turn IS NULL AND %s',
                       kind.source, kind.status, kind.running, kind.wanted);
        COMMIT;
    END LOOP;
END $$;

-- migrate:down
DO $$
DECLARE
    made record;
BEGIN
    FOR made IN SELECT tgname, tgrelid::regclass AS source FROM pg_trigger
                 WHERE tgfoid IN ('work_moved'::regproc, 'work_keeps_turn'::regproc) LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', made.tgname, made.source);
    END LOOP;
END $$;
