"""What a connection, a user and a body may take of the server."""

from .mutant import Mutant, tests_of

_IN_FLIGHT = "pmd_service/http/in_flight.py"
_LIMITS = "pmd_service/http/limits.py"
_TURNS = "pmd_service/http/turns.py"
_MIDDLEWARES = "pmd_service/http/middlewares.py"
_in_flight = tests_of("tests/http/test_in_flight.py")
_BUSY = _in_flight("beyond_the_limit_only_health_checks_are_answered")
_ONCE = _in_flight("a_file_is_sent_once_and_its_connection_stays_open")
_STUCK = _in_flight("client_that_reads_nothing_or_single_bytes_is_disconnected")
_LIMIT_TESTS = ("tests/http/test_limits.py",)
_TURN_TESTS = ("tests/http/test_turns.py", "tests/http/test_turns_of_requests.py")
_GONE = tests_of("tests/http/test_turns.py")("a_cancelled_request_takes_no_turn")
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
_A_PROBLEM = ("tests/http/test_strict_input.py::test_unknown_url_or_method_gets_a_problem_document",)
_NOT_AGAIN = ("tests/posts/test_conditional.py::test_unchanged_page_answers_304",)
_AN_EIGHTH = ("tests/http/test_in_flight.py::test_an_eighth_of_the_descriptors_is_left_for_files",)
_SLOW = _in_flight("one_users_slow_downloads_leave_room_for_others")
_ONCE_FILE = "pmd_service/http/once.py"
_SAME_ANSWER = ("tests/http/test_contract.py::test_the_same_idempotency_key_has_the_same_answer",)
_RUNNING = ("tests/http/test_contract.py::test_a_key_whose_request_is_still_running_is_a_409",)
_OLD = ("tests/http/test_contract.py::test_old_answers_of_idempotency_keys_are_deleted",)
_REQUEST_ID = ("tests/ops/test_health.py::test_response_has_a_request_id_or_the_callers",)
_ROUTE = "pmd_service/http/route.py"
_UNKNOWN = ("tests/http/test_strict_input.py::test_unknown_query_parameter_is_refused_on_every_route",)
_STRICT = ("tests/http/test_strict_input.py::test_a_body_is_read_strictly",)
_KEY_IS_SHORT = ("tests/http/test_strict_input.py::test_an_idempotency_key_is_short_and_printable",)
_PAGE_LIMIT = ("tests/posts/test_list.py::test_limit_out_of_bounds_is_refused",)
_REPEATED = ("tests/posts/test_actions.py::test_repeated_ids_count_once_and_at_most_128_are_allowed",)
_TAG = ("tests/posts/test_conditional.py::test_etag_is_per_owner_page_and_state",)
_SMALLER = ("tests/posts/test_conditional.py::test_json_is_compressed_by_accept_encoding",)
_LONG = ("tests/posts/test_conditional.py::test_long_response_is_compressed_in_a_thread_in_its_turn",)
_LOCKED = tests_of("tests/http/test_turns_of_requests.py")("rows_that_stay_locked_by_the_site_get_503")

MUTANTS = (
    Mutant(_ROUTE, "read if any_query else strictly(read, reads)", "read", _UNKNOWN),
    Mutant(_WIRE, "if name not in names:", "if False:", _UNKNOWN),
    Mutant(_IN_FLIGHT, "if self.count > self.limit", "if self.count >= self.limit", _BUSY),
    Mutant(_IN_FLIGHT, "if self.count > self.limit", "if False", _BUSY),
    Mutant(_IN_FLIGHT, " and path not in HEALTH_PATHS", "", _BUSY),
    Mutant(_IN_FLIGHT, ', "Connection": "close"}', "}", _BUSY),
    Mutant(_IN_FLIGHT, "        self.count -= 1\n", "", _BUSY),
    Mutant(_IN_FLIGHT, "            _end_when_stuck(request.transport)", "            pass", _STUCK),
    Mutant(_IN_FLIGHT, "min(wanted, descriptors - descriptors // 8)", "wanted", _AN_EIGHTH),
    Mutant(
        _IN_FLIGHT, "if any(self._of_user[user] > limit for", "if False and any(self._of_user[name] > each for", _SLOW
    ),
    Mutant(_IN_FLIGHT, "            self._of_user[user] -= 1", "            pass", _SLOW),
    Mutant(_IN_FLIGHT, "isinstance(response, File):", "False:", _SLOW),
    Mutant(_IN_FLIGHT, "return None if self.prepared else", "return", _ONCE),
    Mutant(_IN_FLIGHT, "in (USER_FRACTION, ANONYMOUS_FRACTION)]", "in (USER_FRACTION, USER_FRACTION)]", _STRANGERS),
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
        _in_flight("small_files_of_an_archive_count_as_unread_while_sent"),
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
    Mutant(_TURNS, "if self._is_limited and", "if", _TURN_TESTS),
    Mutant(_TURNS, "super().__init__(RUNNING_PER_USER)", "super().__init__(1000)", _TURN_TESTS),
    Mutant(_TURNS, "loop.call_soon(self._end)", "self._end()", _TURN_TESTS),
    Mutant(_TURNS, "(1 if held > LONG_SECONDS else FLOOD_LENGTH)", "FLOOD_LENGTH", _TURN_TESTS),
    Mutant(
        _TURNS,
        "(1 if held > LONG_SECONDS else FLOOD_LENGTH)",
        "(0 if held > LONG_SECONDS else FLOOD_LENGTH)",
        _TURN_TESTS,
    ),
    Mutant(
        _TURNS, "(1 if held > LONG_SECONDS else FLOOD_LENGTH)", "(1 if held > LONG_SECONDS else 10**9)", _TURN_TESTS
    ),
    Mutant(_TURNS, "max(now, queue.resumes_at) +", "now +", _TURN_TESTS),
    Mutant(_TURNS, "min(max(shortest, 2 * held), longest)", "max(shortest, 2 * held)", _TURN_TESTS),
    Mutant(_TURNS, "min(max(shortest, 2 * held), longest)", "min(2 * held, longest)", _TURN_TESTS),
    Mutant(_READY_MADE, "and self._is_stale(self._running)", "", _READY_TESTS),
    Mutant(_READY_MADE, "asyncio.shield(self._running)", "self._running", _READY_TESTS),
    Mutant(
        "pmd_service/ops/health.py", 'app[PROBES].fetchval("SELECT 1")', 'app[POOL].fetchval("SELECT 1")', _READY_TESTS
    ),
    Mutant(_LIMITS, "- (time.monotonic() - began))", ")", _PACE_TESTS),
    Mutant(_LIMITS, "min(SILENT_SECONDS, self.left + earned", "min(1e9, self.left + earned", _PACE_TESTS),
    Mutant(_LIMITS, "        if self.left <= 0:\n            raise TimeoutError\n", "", _PACE_TESTS),
    Mutant(_ONCE_FILE, "WHERE user_id = $1 AND route", "WHERE $1::int > 0 AND route", _SAME_ANSWER),
    Mutant(_ONCE_FILE, 'if row["fingerprint"] != self.fingerprint:', "if False:", _SAME_ANSWER),
    Mutant(_ONCE_FILE, "None if is_secret else", "", _SAME_ANSWER),
    Mutant(_ONCE_FILE, 'await try_lock(connection, "idem", int.from_bytes(name[:4], signed=True))', "True", _RUNNING),
    Mutant(_ONCE_FILE, "KEPT_HOURS = 24", "KEPT_HOURS = 48", _OLD),
    Mutant(_TURNS, "setdefault(self._user, _Queue())", 'setdefault("", _Queue())', _TURN_TESTS),
    Mutant(_TURNS, "        if not self._queue.length:\n            del self._queues[self._user]\n", "", _TURN_TESTS),
    Mutant(_TURNS, "            self._leave()\n            raise", "            raise", _GONE),
    Mutant(_MIDDLEWARES, "return await asyncio.shield(writing)", "return await writing", _LIMIT_TESTS),
    Mutant(_MIDDLEWARES, "1 <= len(request_id) <= 64", "1 <= len(request_id) <= 640", _REQUEST_ID),
    Mutant(_MIDDLEWARES, 'headers.setdefault("X-Content-Type-Options", "nosniff")', "pass", _A_PROBLEM),
    Mutant(_MIDDLEWARES, 'headers.setdefault("Cache-Control", "no-store")', "pass", _A_PROBLEM),
    Mutant(_SELECTION, "RowId = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]", "RowId = int", _STRICT),
    Mutant("pmd_service/http/once.py", "{1,255}", "{1,256}", _KEY_IS_SHORT),
    Mutant(_WIRE, "if str(getattr(query, name)) != texts[0]:", "if False:", _PAGE_LIMIT),
    Mutant(_SELECTION, "if len(distinct) > most:", "if len(distinct) >= most:", _REPEATED),
    Mutant(_VALIDATORS, "hashlib.sha256(self._about + text)", "hashlib.sha256(text)", _TAG),
    Mutant(_VALIDATORS, "if known == state), None)", "), None)", _NOT_AGAIN),
    Mutant(_COMPRESSION, 'weights.get("*", 0)) > 0 else None', 'weights.get("*", 0)) >= 0 else None', _SMALLER),
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
        ("tests/http/test_in_flight.py::test_a_user_with_too_many_unread_answers_gets_429_until_they_read",),
    ),
    Mutant(_COMPRESSION, "if len(body) > LONG_BYTES else encode(body)", "if False else encode(body)", _LONG),
    Mutant(_TURNS, 'return f"{path} {address}"', "return path", _TURN_TESTS),
    Mutant("pmd_service/identity/session.py", "if request.path in HEALTH_PATHS else", "if False else", _TURN_TESTS),
    Mutant(
        "pmd_service/http/vary.py",
        'f"{others}, {name}" if others else name',
        "name",
        ("tests/http/test_contract.py::test_cors_lets_pages_of_the_set_origins_call",),
    ),
    Mutant(
        "pmd_service/http/validators.py",
        "for name in (hdrs.CACHE_CONTROL, hdrs.VARY) if name in headers",
        "for name in (hdrs.CACHE_CONTROL,) if name in headers",
        ("tests/posts/test_conditional.py::test_unchanged_page_answers_304",),
    ),
    Mutant(
        "pmd_service/http/in_flight.py",
        "for connection in connections & self._by_credential.get(credential, set()):",
        "for connection in connections:",
        ("tests/http/test_in_flight.py::test_what_an_ended_credential_asks_is_cut_off_and_no_more",),
    ),
)
