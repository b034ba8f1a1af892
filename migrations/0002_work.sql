-- Background work

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
    queue            text,
    needs            text[] NOT NULL DEFAULT '{}', -- dependencies without which nothing is claimed
    failed           text NOT NULL DEFAULT 'failed',
    title            text NOT NULL DEFAULT 'id::text', -- SQL: what a row is called
    error            text NOT NULL DEFAULT 'error_message', -- SQL: why a row failed
    code             text NOT NULL DEFAULT 'NULL::text', -- SQL: the same for programs
    next_step        text NOT NULL DEFAULT '''retry''', -- SQL: what a failed row waits for
    came             text NOT NULL DEFAULT 'created_at', -- SQL: when a row was written
    ended            text NOT NULL DEFAULT 'next_attempt_at', -- SQL: when it ended
    paused_at        timestamptz,
    CONSTRAINT work_kinds_one_by_one CHECK ((NOT in_order) OR running_per_user = 1),
    CONSTRAINT work_kinds_someone_runs CHECK (running_per_user > 0)
);

-- What a user has had of a kind so far, in turns: a row costs one, and one more for each second beyond its first.
CREATE TABLE work_accounts (
    kind     text NOT NULL,
    user_id  integer NOT NULL,
    turn     double precision NOT NULL DEFAULT 1,
    wakes_at timestamptz, -- when a row may be lined up for which there is a place already
    PRIMARY KEY (kind, user_id)
);

-- where a newcomer begins while nobody else is there
CREATE INDEX ix_work_accounts_turn ON work_accounts (kind, turn);
-- the sweep
CREATE INDEX ix_work_accounts_wakes ON work_accounts (wakes_at) WHERE wakes_at IS NOT NULL;

-- One line an attempt, for the timeline of a row; forgotten in days, and so without foreign keys.
CREATE TABLE work_attempts (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind     text NOT NULL,
    row_id   text NOT NULL,
    user_id  integer NOT NULL,
    attempt  integer NOT NULL,
    worker   text NOT NULL,
    outcome  text NOT NULL,
    error    text,
    seconds  double precision NOT NULL,
    ended_at timestamptz NOT NULL DEFAULT now(),
    steps    jsonb NOT NULL DEFAULT '[]',
    CONSTRAINT attempt_error_short CHECK (length(error) <= 500)
);

-- what is forgotten
CREATE INDEX ix_work_attempts_ended ON work_attempts (ended_at);
-- What operators see and do: a kind of work can be paused, its words are told, attempts leave a trace, breakers are seen.
CREATE INDEX ix_work_attempts_row ON work_attempts (kind, row_id, id);
-- whom somebody erases
CREATE INDEX ix_work_attempts_user ON work_attempts (user_id);

-- The dependencies that a worker process finds away, for as long as it does.
CREATE TABLE work_breakers (
    process    text NOT NULL,
    dependency text NOT NULL,
    state      text NOT NULL,
    error      text,
    since      timestamptz NOT NULL DEFAULT now(),
    asks_at    timestamptz,
    seen_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (process, dependency),
    CONSTRAINT breaker_state_known CHECK (state IN ('open', 'trying'))
);

-- A claim puts a step's next time beyond its limit, and its end to its period: a process that was killed or frozen over
-- a step is replaced when that has passed. Some ten rows: no index is needed beside the key's.
CREATE TABLE upkeep_steps (
    name     text PRIMARY KEY,
    due_at   timestamptz NOT NULL DEFAULT now(),
    token    uuid, -- the claim that may settle it
    began_at timestamptz,
    ended_at timestamptz, -- of the last run that came to its end
    error    text -- of that run; NULL: it went well
);

-- What is said of a kind becomes the function that lines its rows up; its number of rows at a time is read each time.
CREATE FUNCTION work_line() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $make$
BEGIN
    -- A plan is kept while its tables grow, and is made when they may be empty: it is to use the indexes all the same.
    EXECUTE format($q$
CREATE OR REPLACE FUNCTION %8$I(whose integer, cost double precision) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan TO off SET jit TO off AS $line$
DECLARE
    mine   double precision;
    free   integer;
    lined  integer := 0;
    moment timestamptz;
    wakes  timestamptz;
BEGIN
    INSERT INTO work_accounts (kind, user_id) VALUES (%6$L, whose) ON CONFLICT DO NOTHING;
    SELECT turn + cost INTO mine FROM work_accounts WHERE kind = %6$L AND user_id = whose FOR UPDATE;
    moment := clock_timestamp(); -- rows that others have committed meanwhile are younger than our transaction
    SELECT (SELECT running_per_user FROM work_kinds WHERE name = %6$L) - count(*) INTO free
      FROM %1$I WHERE user_id = whose AND turn IS NOT NULL AND %2$I IN (%3$L, %4$L) AND %5$s;
    IF free < 0 THEN
        UPDATE %1$I SET turn = NULL
         WHERE id IN (SELECT id FROM %1$I WHERE user_id = whose AND turn IS NOT NULL AND %2$I = %3$L AND %5$s
                       ORDER BY turn DESC LIMIT -free FOR UPDATE SKIP LOCKED);
    ELSIF free > 0 THEN
        -- Start-time fair queueing: a user's next turn lies behind what they have had, and not before what runs now.
        WITH behind AS MATERIALIZED (
                 SELECT id, next_attempt_at FROM %1$I WHERE user_id = whose AND turn IS NULL AND %2$I = %3$L AND %5$s
                  ORDER BY %7$s LIMIT free),
             next AS (SELECT work.id, behind.next_attempt_at FROM behind JOIN %1$I AS work ON work.id = behind.id
                       WHERE behind.next_attempt_at <= moment FOR UPDATE OF work SKIP LOCKED),
             lined_up AS (UPDATE %1$I AS work
                             SET turn = place - 1 + greatest(mine, coalesce(
                                     (SELECT max(turn) FROM %1$I WHERE %2$I = %4$L AND turn > 0 AND %5$s),
                                     (SELECT min(turn) FROM %1$I WHERE %2$I = %3$L AND turn IS NOT NULL AND %5$s),
                                     (SELECT max(turn) FROM work_accounts WHERE kind = %6$L)))
                            FROM (SELECT id, row_number() OVER (ORDER BY next_attempt_at, id) AS place FROM next) AS line
                           WHERE work.id = line.id
                          RETURNING work.turn)
        SELECT count(*), greatest(mine, max(turn) + 1) INTO lined, mine FROM lined_up;
        IF lined < free THEN
            SELECT nullif(next_attempt_at, 'infinity') INTO wakes
              FROM %1$I WHERE user_id = whose AND turn IS NULL AND %2$I = %3$L AND %5$s ORDER BY %7$s LIMIT 1;
        END IF;
    END IF;
    UPDATE work_accounts SET turn = mine, wakes_at = wakes
     WHERE kind = %6$L AND user_id = whose AND (turn, wakes_at) IS DISTINCT FROM (mine, wakes);
END $line$ $q$,
        NEW.source, NEW.status, NEW.waiting, NEW.running, NEW.wanted, NEW.name,
        CASE WHEN NEW.in_order THEN 'id' ELSE 'turn, next_attempt_at, id' END, 'work_line_up_' || NEW.name);
    RETURN NULL;
END $make$;

CREATE TRIGGER work_kind_has_line AFTER INSERT OR UPDATE OF source, status, waiting, running, wanted, in_order ON work_kinds
    FOR EACH ROW EXECUTE FUNCTION work_line();

-- A line is kept by a function of its kind's own, whose statements Postgres plans once a connection: planning them took
-- eight times as long as what they do, twice for each row.
CREATE FUNCTION work_line_up(of_kind text, whose integer, cost double precision DEFAULT 0) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    EXECUTE format('SELECT %I($1, $2)', 'work_line_up_' || of_kind) USING whose, cost;
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
            ELSE NEW.%3$I NOT IN (%4$L, %5$L) OR NEW.%3$I = %4$L AND NEW.next_attempt_at > clock_timestamp() OR NOT (%7$s) END)
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

INSERT INTO work_kinds (name, source, status, waiting, running, wanted, in_order, running_per_user) VALUES
    ('bdr', 'batch_download_requests', 'status', 'pending', 'processing', 'deleted_at IS NULL', false, 2),
    ('looking', 'batch_report_files', 'processing_status', 'pending', 'processing', 'follows IS NULL', false, 2),
    ('task', 'job', 'status', 'pending', 'running', 'kind <> ''export_pack''', false, 2),
    ('export', 'job', 'status', 'pending', 'running', 'kind = ''export_pack''', false, 1),
    ('email', 'outbox', 'status', 'due', 'connecting', 'channel = ''mail''', false, 2),
    ('webhook', 'outbox', 'status', 'due', 'connecting', 'channel = ''webhook''', true, 1);

-- migrate:down
DROP TABLE upkeep_steps, work_breakers, work_attempts, work_accounts, work_kinds;
DO $$
DECLARE
    made regprocedure;
BEGIN
    FOR made IN SELECT oid::regprocedure FROM pg_proc WHERE proname LIKE 'work\_line\_up\_%' LOOP
        EXECUTE 'DROP FUNCTION ' || made;
    END LOOP;
END $$;
DROP FUNCTION work_triggers(text, text), patiently(text), work_moved(), work_keeps_turn(), work_wake(integer), work_line_up(text, integer, double precision), work_line();
