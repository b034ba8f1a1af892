-- A row has a turn once it is due, by the clock that lines it up. Compared with the beginning of the transaction, what had
-- become due, or had come, while that went on was given its turn and lost it at once, and was told to nobody: it waited
-- until its user did something else. Who waits so is lined up by the first worker that looks.

-- migrate:up transaction:false
DO $$
DECLARE
    made record;
    kind record;
    was  text := 'next_attempt_at > now()';
    is_  text := 'next_attempt_at > clock_timestamp()';
BEGIN
    EXECUTE replace(pg_get_functiondef('work_triggers'::regproc), was, is_);
    FOR made IN SELECT pg_get_triggerdef(oid) AS text FROM pg_trigger WHERE tgfoid = 'work_keeps_turn'::regproc LOOP
        PERFORM patiently(replace(replace(made.text, was, is_), 'CREATE TRIGGER', 'CREATE OR REPLACE TRIGGER'));
        COMMIT;
    END LOOP;
    FOR kind IN SELECT * FROM work_kinds LOOP
        EXECUTE format('INSERT INTO work_accounts (kind, user_id, wakes_at)
                        SELECT DISTINCT %L, user_id, now() FROM %I
                         WHERE %I = %L AND turn IS NULL AND %s AND next_attempt_at < ''infinity''
                            ON CONFLICT (kind, user_id) DO UPDATE SET wakes_at = excluded.wakes_at',
                       kind.name, kind.source, kind.status, kind.waiting, kind.wanted);
        COMMIT;
    END LOOP;
END $$;

-- migrate:down transaction:false
DO $$
DECLARE
    made record;
    was  text := 'next_attempt_at > now()';
    is_  text := 'next_attempt_at > clock_timestamp()';
BEGIN
    EXECUTE replace(pg_get_functiondef('work_triggers'::regproc), is_, was);
    FOR made IN SELECT pg_get_triggerdef(oid) AS text FROM pg_trigger WHERE tgfoid = 'work_keeps_turn'::regproc LOOP
        PERFORM patiently(replace(replace(made.text, is_, was), 'CREATE TRIGGER', 'CREATE OR REPLACE TRIGGER'));
        COMMIT;
    END LOOP;
END $$;
