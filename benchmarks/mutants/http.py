"""What a connection, a user and a body may take of the server."""

from .mutant import Mutant, tests_of

_CONNECTIONS = "pmd_service/http/connections.py"
_LIMITS = "pmd_service/http/limits.py"
_TURNS = "pmd_service/http/turns.py"
_MIDDLEWARES = "pmd_service/http/middlewares.py"
_connected = tests_of("tests/http/test_connections.py")
_SILENT = _connected("who_has_been_silent_the_longest_makes_room_for_a_newcomer")
_BUSY = _connected("while_all_are_busy_a_newcomer_hears_how_the_service_is_and_else_503")
_SPARE = _connected("the_spare_ones_are_few_and_the_oldest_of_them_goes")
_TOLD = _connected("a_full_house_is_told_once_when_it_begins_and_once_when_it_is_over")
_STUCK = _connected("a_reader_that_takes_nothing_or_a_byte_at_a_time_is_let_go")
_LIMIT_TESTS = ("tests/http/test_limits.py",)
_TURN_TESTS = ("tests/http/test_turns.py", "tests/http/test_turns_of_requests.py")
_GONE = tests_of("tests/http/test_turns.py")("who_is_gone_before_their_turn_takes_nobodys")
_READY_MADE = "pmd_service/http/ready_made.py"
_READY_TESTS = ("tests/http/test_ready_made.py",)
_ADDRESSES = "pmd_service/http/addresses.py"
_ADDRESS_TESTS = ("tests/sharing/test_password_attempts.py",)
_STRANGERS = ("tests/sharing/test_password_attempts.py::test_anonymous_connections_are_limited_in_all_and_per_address",)
_DATABASE = "pmd_service/base/database.py"
_POOL_TESTS = ("tests/base/test_database.py",)
_LOOP_TESTS = ("tests/http/test_loop.py",)
_PACE_TESTS = ("tests/uploads/test_pace.py",)
_WIRE = "pmd_service/http/wire.py"
_SELECTION = "pmd_service/http/selection.py"
_ERRORS = "pmd_service/http/errors.py"
_VALIDATORS = "pmd_service/http/validators.py"
_COMPRESSION = "pmd_service/http/compression.py"
_A_PROBLEM = ("tests/http/test_strict_input.py::test_an_address_or_a_method_that_is_not_there_is_a_problem_document",)
_NOT_AGAIN = ("tests/posts/test_conditional.py::test_unchanged_page_answers_304",)
_AN_EIGHTH = ("tests/http/test_connections.py::test_an_eighth_of_the_descriptors_is_left_for_files_and_the_stores",)
_SLOW = _connected("one_users_slow_downloads_leave_room_for_others")
_KEY = ("tests/uploads/test_limits.py::test_a_key_is_its_owners_alone",)
_REQUEST_ID = ("tests/ops/test_health.py::test_response_has_a_request_id_or_the_callers",)
_ROUTE = "pmd_service/http/route.py"
_UNKNOWN = ("tests/http/test_strict_input.py::test_a_parameter_that_a_route_does_not_have_is_refused_on_every_route",)
_STRICT = ("tests/http/test_strict_input.py::test_a_body_is_read_strictly",)
_KEY_IS_SHORT = ("tests/http/test_strict_input.py::test_an_idempotency_key_is_short_and_printable",)
_PAGE_LIMIT = ("tests/posts/test_list.py::test_limit_out_of_bounds_is_refused",)
_REPEATED = ("tests/posts/test_actions.py::test_repeated_ids_count_once_and_at_most_128_are_allowed",)
_TAG = ("tests/posts/test_conditional.py::test_etag_is_per_owner_page_and_state",)
_SMALLER = ("tests/posts/test_conditional.py::test_json_is_compressed_by_accept_encoding",)
_LONG = ("tests/posts/test_conditional.py::test_long_response_is_compressed_in_a_thread_in_its_turn",)
_LOCKED = tests_of("tests/http/test_turns_of_requests.py")(
    "rows_that_the_site_keeps_locked_hold_up_one_user_and_are_told_as_503"
)

MUTANTS = (
    Mutant(_ROUTE, "read if any_query else _strict(read, reads)", "read", _UNKNOWN),
    Mutant(_WIRE, "if name not in names:", "if False:", _UNKNOWN),
    Mutant(_CONNECTIONS, "if len(self._open) > self.limit:", "if len(self._open) >= self.limit:", _SILENT),
    Mutant(_CONNECTIONS, "if len(self._open) > self.limit:", "if False:", _SILENT),
    Mutant(
        _CONNECTIONS,
        "            self._open.move_to_end(connection)\n            state.has",
        "            state.has",
        _SILENT,
    ),
    Mutant(_CONNECTIONS, "if not self._open[connection].is_busy and", "if", _BUSY),
    Mutant(_CONNECTIONS, " and connection not in self._spare:", ":", _SPARE),
    Mutant(_CONNECTIONS, "or request.path in HEALTH_PATHS", "", _BUSY),
    Mutant(_CONNECTIONS, "return connection not in self._spare", "return True", _BUSY),
    Mutant(_CONNECTIONS, "response.force_close()", "pass", _BUSY),
    Mutant(_CONNECTIONS, "if len(self._spare) == SPARE:", "if False:", _SPARE),
    Mutant(_CONNECTIONS, "self._is_full, self._closed = False, 0", "pass", _TOLD),
    Mutant(_CONNECTIONS, "if not self._is_full:", "if True:", _TOLD),
    Mutant(_CONNECTIONS, "    _end_when_stuck(transport)\n        CONN", "    CONN", _STUCK),
    Mutant(_CONNECTIONS, "min(wanted, descriptors - descriptors // 8)", "wanted", _AN_EIGHTH),
    Mutant(
        _CONNECTIONS,
        "if any(self._of_user[user] > limit for",
        "if False and any(self._of_user[name] > each for",
        _SLOW,
    ),
    Mutant(_CONNECTIONS, "self._of_user[user] -= 1", "pass", _SLOW),
    Mutant(_CONNECTIONS, "in (USER_FRACTION, ANONYMOUS_FRACTION))", "in (USER_FRACTION, USER_FRACTION))", _STRANGERS),
    Mutant(_CONNECTIONS, "        state.users = ()", "        pass", _STRANGERS),
    Mutant(_ADDRESSES, "if address.is_private if proxies is None else", "if address.is_private or", _ADDRESS_TESTS),
    Mutant(_ADDRESSES, '.rpartition(",")[2]', '.partition(",")[0]', _ADDRESS_TESTS),
    Mutant(
        "pmd_service/identity/session.py",
        'f" from {address_of(request)}" if signature is None else user',
        "user",
        _STRANGERS,
    ),
    Mutant(
        "pmd_service/archive/response.py",
        "with request.app[UNREAD].sending(request[READER], len(each)):",
        "if True:",
        _connected("small_files_of_an_archive_that_wait_for_their_reader_count_as_unread"),
    ),
    Mutant(_DATABASE, '{"timeout": RELEASE_SECONDS, **limit}', "limit", _POOL_TESTS),
    Mutant(_DATABASE, "        self._extend_waiting()\n", "", _POOL_TESTS),
    Mutant(_DATABASE, "min(now + ACQUIRE_SECONDS, end)", "end", _POOL_TESTS),
    Mutant(_DATABASE, "is_answering=not isinstance(error, TimeoutError)", "is_answering=True", _POOL_TESTS),
    Mutant(
        _DATABASE, "    ending = asyncio", "    await _end_reading(pool, connection)\n    ending = asyncio", _POOL_TESTS
    ),
    Mutant(
        _WIRE, 'max(body.count(b"{"), body.count(b"[")) > MAX_OBJECTS', "False", ("tests/http/test_strict_input.py",)
    ),
    Mutant(
        _SELECTION,
        "{row_id: index for index, row_id in reversed([*enumerate(ids)])}",
        "{row_id: ids.index(row_id) for row_id in ids}",
        _LOOP_TESTS,
    ),
    Mutant("pmd_service/site/texts.py", "if not text.isprintable():", "if True:", _LOOP_TESTS),
    Mutant(_LIMITS, "asyncio.timeout(within)", "asyncio.timeout(None)", _LIMIT_TESTS),
    Mutant(_LIMITS, '"auto_decompress": False', '"auto_decompress": True', ("tests/http/test_strict_input.py",)),
    Mutant(_LIMITS, "elif time.monotonic() - logged_at >= REPORT_SECONDS:", "else:", _LIMIT_TESTS),
    Mutant(_LIMITS, 'record.msg, record.args, record.exc_info = "unparseable request", (), None', "pass", _LIMIT_TESTS),
    Mutant(_TURNS, "queue.length >= RUNNING_PER_USER + WAITING_PER_USER", "False", _TURN_TESTS),
    Mutant(_TURNS, "self._limit = RUNNING_PER_USER\n        self", "self._limit = 1000\n        self", _TURN_TESTS),
    Mutant(_TURNS, "asyncio.get_running_loop().call_soon(self._end, pause)", "self._end(pause)", _TURN_TESTS),
    Mutant(_TURNS, " or now - neighbour_at >= NEIGHBOUR_SECONDS", "", _TURN_TESTS),
    Mutant(_TURNS, "self._limit = 1 if pause else", "self._limit =", _TURN_TESTS),
    Mutant(_READY_MADE, "and self._is_stale(self._running)", "", _READY_TESTS),
    Mutant(_READY_MADE, "asyncio.shield(self._running)", "self._running", _READY_TESTS),
    Mutant(
        "pmd_service/ops/health.py", 'app[PROBES].fetchval("SELECT 1")', 'app[POOL].fetchval("SELECT 1")', _READY_TESTS
    ),
    Mutant(_LIMITS, "- (time.monotonic() - began))", ")", _PACE_TESTS),
    Mutant(_LIMITS, "min(SILENT_SECONDS, self.left + earned", "min(1e9, self.left + earned", _PACE_TESTS),
    Mutant(_LIMITS, "        if self.left <= 0:\n            raise TimeoutError\n", "", _PACE_TESTS),
    Mutant("pmd_service/http/repeats.py", "WHERE requested_by = $1 AND", "WHERE $1::int > 0 AND", _KEY),
    Mutant(_TURNS, "queue = self._queues[user] = _Queue()", 'queue = self._queues[""] = _Queue()', _TURN_TESTS),
    Mutant(_MIDDLEWARES, "return await asyncio.shield(writing)", "return await writing", _LIMIT_TESTS),
    Mutant(_MIDDLEWARES, "1 <= len(request_id) <= 64", "1 <= len(request_id) <= 640", _REQUEST_ID),
    Mutant(_MIDDLEWARES, 'headers.setdefault("X-Content-Type-Options", "nosniff")', "pass", _A_PROBLEM),
    Mutant(_MIDDLEWARES, 'headers.setdefault("Cache-Control", "no-store")', "pass", _A_PROBLEM),
    Mutant(_SELECTION, "RowId = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]", "RowId = int", _STRICT),
    Mutant(_WIRE, "1 <= len(key) <= 255", "1 <= len(key) <= 256", _KEY_IS_SHORT),
    Mutant(_WIRE, "if str(getattr(query, name)) != texts[0]:", "if False:", _PAGE_LIMIT),
    Mutant(_SELECTION, "if len(distinct) > most:", "if len(distinct) >= most:", _REPEATED),
    Mutant(_VALIDATORS, "hashlib.sha256(self._about + text)", "hashlib.sha256(text)", _TAG),
    Mutant(_VALIDATORS, "if known == state), None)", "), None)", _NOT_AGAIN),
    Mutant(_COMPRESSION, 'weights.get("*", 0)) > 0 else None', 'weights.get("*", 0)) >= 0 else None', _SMALLER),
    Mutant(_COMPRESSION, 'f"{headers[hdrs.VARY]}, Accept-Encoding" if hdrs.VARY in headers else', "", _NOT_AGAIN),
    Mutant(
        _ERRORS,
        'HTTPStatus.SERVICE_UNAVAILABLE, detail, headers={"Retry-After": str(seconds)}',
        "HTTPStatus.SERVICE_UNAVAILABLE, detail",
        _LOCKED,
    ),
    Mutant(
        "pmd_service/identity/session.py",
        "            unread.require_read(caller)\n",
        "",
        (
            "tests/http/test_connections.py::test_who_reads_nothing_of_what_they_ask_for_is_answered_no_more_until_they_do",
        ),
    ),
    Mutant(_TURNS, " if queue.is_kept(now)}", "}", _TURN_TESTS),
    Mutant(_TURNS, "before.turns) > FLOOD_TURNS", "before.turns) < 0", _TURN_TESTS),
    Mutant(_TURNS, "is_flood = is_costly or", "is_flood =", _TURN_TESTS),
    Mutant(_TURNS, "CALM_BUSY_SECONDS if usage", "FLOOD_BUSY_SECONDS if usage", _TURN_TESTS),
    Mutant(_TURNS, "                self.release()\n", "                pass\n", _GONE),
    Mutant(
        _TURNS,
        "            if turn.cancelled():\n                self.length -= 1",
        "            if turn.cancelled():\n                pass",
        _GONE,
    ),
    Mutant(_TURNS, "        usage.has_paused |= is_costly", "        pass", _TURN_TESTS),
    Mutant(_TURNS, "usage.has_paused or before.has_paused", "usage.has_paused", _TURN_TESTS),
    Mutant(_COMPRESSION, "if len(body) > LONG_BYTES else encode(body)", "if False else encode(body)", _LONG),
    Mutant(_TURNS, "self.running or self._is_pausing)", "self.running)", _TURN_TESTS),
    Mutant(
        _TURNS,
        "(RUNNING_PER_USER if is_frequent",
        "(0 if is_frequent",
        _TURN_TESTS,
    ),
    Mutant(_TURNS, "self._usage if self._usage.second == second - 1 else", "", _TURN_TESTS),
    Mutant(_TURNS, "self._usage if self._usage.second == second - 1 else", "self._usage if True else", _TURN_TESTS),
    Mutant(_TURNS, "return shortest if is_prober(user) else", "return", _TURN_TESTS),
    Mutant(_TURNS, 'return f"{path} {address}"', "return path", _TURN_TESTS),
    Mutant("pmd_service/identity/session.py", "if request.path in HEALTH_PATHS else", "if False else", _TURN_TESTS),
)
