-- The line in front of each kind of work: whose row is next is said by Postgres, whoever writes (docs/architecture.md).
-- Of a user's rows so many as may run, running ones among them, have a turn; the others wait behind without one, and
-- the next is lined up when one leaves. So the claim asks an index for the lowest turn, and nobody need count.

-- migrate:up
-- What is said of a kind in pmd_service's descriptions, for the triggers; a test compares the two.
CREATE TABLE work_kinds (
    name             text PRIMARY KEY,
    source           text NOT NULL, -- its table
    status           text NOT NULL, -- the column
    waiting          text NOT NULL,
    running          text NOT NULL,
    wanted           text NOT NULL, -- what else holds of a row that may be claimed
    in_order         boolean NOT NULL DEFAULT false, -- none of a user's before an earlier one has ended
    running_per_user integer NOT NULL DEFAULT 2, -- the workers' setting, written when they start
    CONSTRAINT work_kinds_someone_runs CHECK (running_per_user > 0),
    CONSTRAINT work_kinds_one_by_one CHECK (NOT in_order OR running_per_user = 1)
);

INSERT INTO work_kinds (name, source, status, waiting, running, wanted, in_order, running_per_user) VALUES
    ('bdr', 'batch_download_requests', 'status', 'pending', 'processing', 'deleted_at IS NULL', false, 2),
    ('looking', 'batch_report_files', 'processing_status', 'pending', 'processing', 'follows IS NULL', false, 2),
    ('task', 'job', 'status', 'pending', 'running', 'kind <> ''export_pack''', false, 2),
    ('export', 'job', 'status', 'pending', 'running', 'kind = ''export_pack''', false, 1),
    ('email', 'outbox', 'status', 'due', 'connecting', 'channel = ''mail''', false, 2),
    ('webhook', 'outbox', 'status', 'due', 'connecting', 'channel = ''webhook''', true, 1);

-- What a user has had of a kind so far, in turns: a row costs one, and one more for each second beyond its first.
CREATE TABLE work_accounts (
    kind     text NOT NULL,
    user_id  integer NOT NULL,
    turn     double precision NOT NULL DEFAULT 1,
    wakes_at timestamptz, -- when a row may be lined up for which there is a place already
    PRIMARY KEY (kind, user_id)
);
CREATE INDEX ix_work_accounts_turn ON work_accounts (kind, turn); -- where a newcomer begins while nobody else is there
CREATE INDEX ix_work_accounts_wakes ON work_accounts (wakes_at) WHERE wakes_at IS NOT NULL; -- the sweep

-- Line up as many of the user's rows as may run beside those that do; or take turns away, where a worker of an earlier
-- release, which asks nobody, has begun some. Who holds the account's lock waits for nothing but other accounts.
CREATE FUNCTION work_line_up(of_kind text, whose integer, cost double precision DEFAULT 0) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    said  work_kinds;
    mine  double precision;
    free  integer;
    lined integer := 0;
    at    timestamptz;
    wakes timestamptz;
BEGIN
    SELECT * INTO STRICT said FROM work_kinds WHERE name = of_kind;
    INSERT INTO work_accounts (kind, user_id) VALUES (of_kind, whose) ON CONFLICT DO NOTHING;
    SELECT turn + cost INTO mine FROM work_accounts WHERE kind = of_kind AND user_id = whose FOR UPDATE;
    at := clock_timestamp(); -- rows that others have committed meanwhile are younger than our transaction
    EXECUTE format($q$ SELECT $2 - count(*) FROM %I WHERE user_id = $1 AND turn IS NOT NULL AND %I IN (%L, %L) AND %s $q$,
                   said.source, said.status, said.waiting, said.running, said.wanted)
       INTO free USING whose, said.running_per_user;
    IF free < 0 THEN
        EXECUTE format($q$ UPDATE %1$I SET turn = NULL
                            WHERE id IN (SELECT id FROM %1$I
                                          WHERE user_id = $1 AND turn IS NOT NULL AND %2$I = %3$L AND %4$s
                                          ORDER BY turn DESC LIMIT $2 FOR UPDATE SKIP LOCKED) $q$,
                       said.source, said.status, said.waiting, said.wanted)
          USING whose, -free;
    ELSIF free > 0 THEN
        -- Start-time fair queueing: a user's next turn lies behind what they have had, and not before what runs now.
        EXECUTE format($q$
            WITH behind AS MATERIALIZED (
                     SELECT id, next_attempt_at FROM %1$I WHERE user_id = $1 AND turn IS NULL AND %2$I = %3$L AND %5$s
                      ORDER BY %7$s LIMIT $2),
                 next AS (SELECT work.id, behind.next_attempt_at FROM behind JOIN %1$I AS work ON work.id = behind.id
                           WHERE behind.next_attempt_at <= $4 FOR UPDATE OF work SKIP LOCKED),
                 lined AS (UPDATE %1$I AS work
                              SET turn = place - 1 + greatest($3, coalesce(
                                      (SELECT max(turn) FROM %1$I WHERE %2$I = %4$L AND turn > 0 AND %5$s),
                                      (SELECT min(turn) FROM %1$I WHERE %2$I = %3$L AND turn IS NOT NULL AND %5$s),
                                      (SELECT max(turn) FROM work_accounts WHERE kind = %6$L)))
                             FROM (SELECT id, row_number() OVER (ORDER BY next_attempt_at, id) AS place FROM next) AS line
                            WHERE work.id = line.id
                           RETURNING work.turn)
            SELECT count(*), greatest($3, max(turn) + 1) FROM lined $q$,
                       said.source, said.status, said.waiting, said.running, said.wanted, of_kind,
                       CASE WHEN said.in_order THEN 'id' ELSE 'turn, next_attempt_at, id' END)
           INTO lined, mine USING whose, free, mine, at;
        IF lined < free THEN
            EXECUTE format($q$ SELECT nullif(next_attempt_at, 'infinity') FROM %I
                                WHERE user_id = $1 AND turn IS NULL AND %I = %L AND %s ORDER BY %s LIMIT 1 $q$,
                           said.source, said.status, said.waiting, said.wanted,
                           CASE WHEN said.in_order THEN 'id' ELSE 'turn, next_attempt_at, id' END)
               INTO wakes USING whose;
        END IF;
    END IF;
    UPDATE work_accounts SET turn = mine, wakes_at = wakes
     WHERE kind = of_kind AND user_id = whose AND (turn, wakes_at) IS DISTINCT FROM (mine, wakes);
END $$;

-- The users whose rows have become due, some at a time; whom somebody else lines up is left to them.
CREATE FUNCTION work_wake(most integer) RETURNS integer LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    account record;
    woken integer := 0;
BEGIN
    FOR account IN SELECT kind, user_id FROM work_accounts WHERE wakes_at <= clock_timestamp()
                    ORDER BY wakes_at LIMIT most FOR UPDATE SKIP LOCKED LOOP
        PERFORM work_line_up(account.kind, account.user_id);
        woken := woken + 1;
    END LOOP;
    RETURN woken;
END $$;

-- What runs has a turn, of 0 where nobody gave it one; what has ended, or is due later, has none.
CREATE FUNCTION work_keeps_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.turn IS NULL THEN
        NEW.turn := 0;
    ELSE
        NEW.turn := NULL;
        NEW.claimed_at := NULL;
    END IF;
    RETURN NEW;
END $$;

-- Runs when its transaction ends: an account's lock is the last one that anybody takes.
CREATE FUNCTION work_moved() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    of_kind text := TG_ARGV[0];
    whose integer;
    cost double precision := 0;
BEGIN
    IF TG_OP = 'DELETE' THEN whose := OLD.user_id; ELSE whose := NEW.user_id; END IF;
    IF TG_OP <> 'INSERT' AND OLD.claimed_at IS NOT NULL THEN
        cost := greatest(extract(epoch FROM clock_timestamp() - OLD.claimed_at) - 1, 0);
    END IF;
    -- Nothing comes between the rows of one transaction any more: a user is lined up once, however many they are.
    IF cost > 0 OR current_setting('pmd.lined_up', true) IS DISTINCT FROM of_kind || whose THEN
        PERFORM work_line_up(of_kind, whose, cost), set_config('pmd.lined_up', of_kind || whose, true);
    END IF;
    RETURN NULL;
END $$;

-- Run a statement whose lock nobody is to wait behind: it gives up after 200 ms, and tries again for a minute or two.
CREATE FUNCTION patiently(statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR try IN 1..100 LOOP
        BEGIN
            PERFORM set_config('lock_timeout', '200ms', true);
            EXECUTE statement;
            RETURN;
        EXCEPTION WHEN lock_not_available THEN
            IF try = 100 THEN RAISE; END IF;
        END;
        PERFORM pg_sleep(2 * random());
    END LOOP;
END $$;

-- The triggers of a kind. What makes a row one of it names the row as %1$s: work_triggers('mail', '%1$s.channel = …').
CREATE FUNCTION work_triggers(of_kind text, is_one text) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    said work_kinds;
    was  text := format(is_one, 'OLD');
    is_  text := format(is_one, 'NEW');
BEGIN
    SELECT * INTO STRICT said FROM work_kinds WHERE name = of_kind;
    PERFORM patiently(format($q$
        DROP TRIGGER IF EXISTS %1$s_keeps_turn ON %2$I;
        DROP TRIGGER IF EXISTS %1$s_came ON %2$I;
        DROP TRIGGER IF EXISTS %1$s_moved ON %2$I;
        DROP TRIGGER IF EXISTS %1$s_left ON %2$I;
        CREATE TRIGGER %1$s_keeps_turn BEFORE UPDATE ON %2$I FOR EACH ROW WHEN (%6$s AND CASE
            WHEN NEW.turn IS NULL THEN NEW.%3$I = %5$L
            ELSE NEW.%3$I NOT IN (%4$L, %5$L) OR NEW.%3$I = %4$L AND NEW.next_attempt_at > now() OR NOT (%7$s) END)
            EXECUTE FUNCTION work_keeps_turn();
        CREATE CONSTRAINT TRIGGER %1$s_came AFTER INSERT ON %2$I DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
            WHEN (%7$s AND NEW.%3$I = %4$L AND NEW.next_attempt_at < 'infinity') EXECUTE FUNCTION work_moved(%1$L);
        CREATE CONSTRAINT TRIGGER %1$s_moved AFTER UPDATE ON %2$I DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
            WHEN ((%6$s OR %7$s) AND ((OLD.turn IS NULL) <> (NEW.turn IS NULL) AND (NEW.turn IS NULL OR NEW.%3$I = %5$L)
                OR OLD.%3$I = %5$L AND NEW.%3$I = %4$L
                OR %8$L AND OLD.%3$I = %4$L AND NEW.%3$I <> %4$L
                OR NEW.turn IS NULL AND NEW.%3$I = %4$L AND NEW.next_attempt_at < 'infinity'
                   AND (OLD.%3$I, OLD.next_attempt_at, %6$s) IS DISTINCT FROM (NEW.%3$I, NEW.next_attempt_at, %7$s)))
            EXECUTE FUNCTION work_moved(%1$L);
        CREATE CONSTRAINT TRIGGER %1$s_left AFTER DELETE ON %2$I DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
            WHEN (%6$s AND (OLD.turn IS NOT NULL OR %8$L)) EXECUTE FUNCTION work_moved(%1$L); $q$,
        of_kind, said.source, said.status, said.waiting, said.running, was, is_, said.in_order));
END $$;

-- migrate:down
DROP FUNCTION work_triggers(text, text);
DROP FUNCTION patiently(text);
DROP FUNCTION work_moved();
DROP FUNCTION work_keeps_turn();
DROP FUNCTION work_wake(integer);
DROP FUNCTION work_line_up(text, integer, double precision);
DROP TABLE work_accounts;
DROP TABLE work_kinds;
