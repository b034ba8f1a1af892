"""The hub, its subscribers, and the listener."""

from .mutant import Mutant, tests_of

_HUB = "pmd_service/events/hub.py"
_LISTENER = "pmd_service/events/listener.py"
_SUBSCRIBER = "pmd_service/events/subscriber.py"
_STREAM = "pmd_service/events/stream.py"
_HUB_TESTS = ("tests/events/test_hub.py",)
_SUBSCRIBER_TESTS = ("tests/events/test_subscriber.py",)
_LISTENER_TESTS = ("tests/events/test_listener.py",)
_LOST = ("tests/events/test_losses.py::test_no_change_is_missed_when_the_listening_connection_is_lost",)
_DEAD = ("tests/events/test_losses.py::test_a_half_open_connection_is_detected_and_replaced",)
_UNANSWERED = "pmd_service/events/unanswered.py"
_hub = tests_of("tests/events/test_hub.py")
_stream = tests_of("tests/events/test_stream.py")
_slow = tests_of("tests/events/test_slow_readers.py")
_PULSE = "pmd_service/events/pulse.py"
_PULSE_TESTS = ("tests/events/test_pulse.py",)
_PAGE = (
    "tests/original/test_page.py::test_events_wait_for_new_posted_requests_on_the_bdr_stream_only",
    "tests/original/test_page.py::test_event_is_sent_when_the_post_is_never_answered",
)
_STUCK = _slow("a_reader_that_takes_nothing_any_more_is_let_go")
_UNTOLD = _slow("an_event_that_cannot_be_encoded_ends_one_stream_only")
_FREED = _stream("a_reader_that_has_gone_is_freed")
_COMMENTS = _stream("a_quiet_stream_is_kept_open_by_comments")

MUTANTS = (
    Mutant(_SUBSCRIBER, "if self.waits_for_responses and key not in self.known:", "if False:", _PAGE),
    Mutant(_SUBSCRIBER, "if self.waits_for_responses and key not in self.known:", "if key not in self.known:", _PAGE),
    Mutant(_UNANSWERED, "self._wait(key, TIMEOUT_SECONDS)", "pass", _PAGE),
    Mutant(_UNANSWERED, "del self._waiting[key]\n        self._asked.discard(key)", "del self._waiting[key]", _PAGE),
    Mutant(_UNANSWERED, "earlier.cancel()", "pass", _hub("the_timeout_restarts_with_the_response")),
    Mutant(
        _HUB,
        "self._unanswered.is_asked if subscriber.waits_for_responses else lambda _key: False",
        "lambda _key: False",
        _hub("a_patient_stream_that_starts_before_a_response_waits_for_it"),
    ),
    Mutant(_HUB, "self._changed = dict(changed) | self._changed", "pass", _HUB_TESTS),
    Mutant(_HUB, "self._changed = dict(changed) | self._changed", "self._changed = dict(changed)", _HUB_TESTS),
    Mutant(
        _HUB, "asyncio.get_running_loop().call_later(RETRY_SECONDS, self._wake.set)", "self._wake.clear()", _HUB_TESTS
    ),
    Mutant(_HUB, "self._changed.update(dict.fromkeys(subscriber.known, user_id))", "pass", _HUB_TESTS),
    Mutant(_HUB, "if key.kind not in subscriber.kinds:", "if False:", _HUB_TESTS),
    Mutant(_HUB, "if topic is None or not any(kind in each.kinds for each in", "if topic is None or not (", _HUB_TESTS),
    Mutant(_HUB, "SSE_SUBSCRIBERS.dec()", "pass", _HUB_TESTS),
    Mutant(_HUB, "self._subscribers[user_id].discard(subscriber)", "pass", _HUB_TESTS),
    Mutant(_HUB, "self._by_viewer.pop(viewer_id, None)", "pass", _HUB_TESTS),
    Mutant(_HUB, "for row_id in reversed(newest)", "for row_id in newest", _HUB_TESTS),
    Mutant(_HUB, "- STREAMS_PER_USER + 1", "- STREAMS_PER_USER", _HUB_TESTS),
    Mutant(
        _HUB,
        "stream for stream in streams if stream.ending is None",
        "stream for stream in streams",
        _HUB_TESTS,
        equivalent="the oldest end first, so that those which are ending are counted and passed over alike",
    ),
    Mutant(_HUB, "if viewer_id not in good:", "if viewer_id in good:", _HUB_TESTS),
    Mutant(_HUB, "except ValueError:", "except KeyError:", _HUB_TESTS),
    Mutant(
        _SUBSCRIBER, "state is None and self._greeted and key not in", "state is None and key not in", _SUBSCRIBER_TESTS
    ),
    Mutant(
        _SUBSCRIBER, "if state is None and self._greeted and key not in self.known:", "if False:", _SUBSCRIBER_TESTS
    ),
    Mutant(_SUBSCRIBER, "self._pending.pop(key, None)", "pass", _SUBSCRIBER_TESTS),
    Mutant(_SUBSCRIBER, "if self.ending is None:", "if True:", _SUBSCRIBER_TESTS),
    Mutant(_SUBSCRIBER, "self._greeted = True\n", "pass\n", _SUBSCRIBER_TESTS),
    Mutant(_LISTENER, "await self._on_gap()", "pass", _LOST),
    Mutant(_LISTENER, ", timeout=PROBE_TIMEOUT_SECONDS)", ")", _LISTENER_TESTS),
    Mutant(
        _LISTENER,
        "self._listening.clear()\n                    connection.terminate()  #",
        "connection.terminate()  #",
        _LISTENER_TESTS,
    ),
    Mutant(_LISTENER, "connection.terminate()  # or it would", "pass  # or it would", _LISTENER_TESTS),
    Mutant(_LISTENER, "pause = min(pause * 2, longest)", "pass", _LISTENER_TESTS),
    Mutant(_LISTENER, "min(pause * 2, longest)", "pause * 2", _LISTENER_TESTS),
    Mutant(_LISTENER, 'await connection.fetchval("SELECT 1", timeout=PROBE_TIMEOUT_SECONDS)', "pass", _DEAD),
    Mutant(_STREAM, "if self._until_beat() <= 0:", "if False:", _stream("the_stream_ends_when_the_token_does")),
    Mutant(_STREAM, "if self._actor.moderates:", "if False:", _stream("a_moderator_s_link_names_whose_archive_it_is")),
    Mutant(
        _STREAM,
        "if self._subscriber.ending is not None or self._protocol.writing_paused:",
        "if self._subscriber.ending is not None:",
        _slow("a_slow_reader_gets_the_latest_state_when_it_continues"),
    ),
    Mutant(_STREAM, "asyncio.timeout(SEND_TIMEOUT_SECONDS)", "asyncio.timeout(None)", _STUCK),
    Mutant(_STREAM, 'finally:\n            self._subscriber.end("")', "finally:\n            pass", _FREED),
    Mutant(_STREAM, "        if self._subscriber.ending is not None:\n            return None\n", "", _FREED),
    Mutant(_STREAM, "self._sleeping.set_exception(error)", "raise", _UNTOLD),
    Mutant(_HUB, "for batch in _batches(followers):", "for batch in [followers]:", _HUB_TESTS),
    Mutant(
        _HUB,
        "self._by_viewer.get(viewer_id, ()):\n                        stream.end(SIGNED_OUT)",
        'self._by_viewer.get(viewer_id, ()):\n                        stream.end("")',
        _stream("a_banned_users_stream_ends_with_the_reason"),
    ),
    Mutant(
        _HUB,
        "for viewers in _batches(self._by_viewer):",
        "for viewers in [list(self._by_viewer)[:BATCH_SIZE]]:",
        _HUB_TESTS,
    ),
    Mutant(
        _SUBSCRIBER,
        "self.known.difference_update(key for key, state in pending.items() if state is None)",
        "pass",
        _SUBSCRIBER_TESTS,
    ),
    Mutant(_SUBSCRIBER, "            self.known.add(key)", "            pass", _SUBSCRIBER_TESTS),
    Mutant(_SUBSCRIBER, "if state is not None or key in self.known}", "if True}", _SUBSCRIBER_TESTS),
    Mutant(_STREAM, "            self._write(PING if self._pings else COMMENT)", "            pass", _COMMENTS),
    Mutant(_STREAM, "self._transport.abort()  # the client reads", "pass  # it takes", _STUCK),
    Mutant(_STREAM, " if self._is_chunked else lines", "", _slow("a_reader_of_the_first_http_gets_plain_lines")),
    Mutant(_PULSE, "if not self._due or self._due[0][0] > now:", "if not self._due:", _PULSE_TESTS),
    Mutant(
        _PULSE,
        "pause = 0 if self._beat_batch() else LOOK_SECONDS",
        "self._beat_batch()\n            pause = LOOK_SECONDS",
        _PULSE_TESTS,
    ),
    Mutant(
        _PULSE,
        "            if seconds is not None:\n                self.add",
        "            if seconds is None:\n                self.add",
        _PULSE_TESTS,
    ),
)
