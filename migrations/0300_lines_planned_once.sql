-- A line is kept by a function of its kind's own, whose statements Postgres plans once a connection: planning them took
-- eight times as long as what they do, twice for each row.

-- migrate:up
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
UPDATE work_kinds SET source = source;

CREATE OR REPLACE FUNCTION work_line_up(of_kind text, whose integer, cost double precision DEFAULT 0) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    EXECUTE format('SELECT %I($1, $2)', 'work_line_up_' || of_kind) USING whose, cost;
END $$;

-- migrate:down
CREATE OR REPLACE FUNCTION work_line_up(of_kind text, whose integer, cost double precision DEFAULT 0) RETURNS void
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

DROP TRIGGER work_kind_has_line ON work_kinds;
DROP FUNCTION work_line();
DO $$
DECLARE
    made regprocedure;
BEGIN
    FOR made IN SELECT oid::regprocedure FROM pg_proc WHERE proname IN (SELECT 'work_line_up_' || name FROM work_kinds) LOOP
        EXECUTE 'DROP FUNCTION ' || made;
    END LOOP;
END $$;
