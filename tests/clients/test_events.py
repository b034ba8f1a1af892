"""The Python client's reader of event streams, by the rules of WHATWG HTML 9.2.6."""

import pytest
from aiohttp import web
from pmd_sdk import AsyncClient, Event, PmdError
from pmd_sdk.events import Parser

from ..origin import Origin

CASES = {
    "a comment and an unknown field": (": ping\nmood: calm\ndata: 1\n\n", ["1"], None),
    "one space is no part of a value": ("data:1\n\ndata: 2\n\ndata:  3\n\n", ["1", "2", " 3"], None),
    "lines of data": ("data: 1\ndata\ndata: 2\n\n", ["1\n\n2"], None),
    "empty data is an event": ("data\n\ndata:\n\n", ["", ""], None),
    "an id without data counts": ("id: 7\n\ndata: 1\n\n", ["1"], "7"),
    "an empty id is none": ("id: 7\ndata: 1\n\nid\ndata: 2\n\n", ["1", "2"], None),
    "an id with NUL does not count": ("id: 7\ndata: 1\n\nid: 8\0\ndata: 2\n\n", ["1", "2"], "7"),
    "what is cut off does not count": ("id: 7\ndata: 1\n\nid: 8\ndata: 2\n", ["1"], "7"),
    "a byte order mark": ("\ufeffdata: 1\n\n", ["1"], None),
    "only the first mark": ("\ufeffdata: \ufeff1\n\n\ufeffdata: 2\n\n", ["\ufeff1"], None),
    "lines end with CRLF": ("id: 7\r\ndata: 1\r\ndata: 2\r\n\r\n", ["1\n2"], "7"),
    "lines end with CR": ("id: 7\rdata: 1\rdata: 2\r\r: ping\r", ["1\n2"], "7"),
    "lines end with each of them": ("data: 1\rdata: 2\r\ndata: 3\n\r", ["1\n2\n3"], None),
    "other separators are data": ("data: \x0b\x0c\x1c\x85\u2028\u2029é\n\n", ["\x0b\x0c\x1c\x85\u2028\u2029é"], None),
}


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
@pytest.mark.parametrize("text, data, last", CASES.values(), ids=CASES)
def test_events_are_read_wherever_the_stream_is_cut(text: str, data: list[str], last: str | None, size: int) -> None:
    parser, sent = Parser(None), f"{text}: ping".encode()  # after a CR at the end
    pieces = [sent[at : at + size] for at in range(0, len(sent), size)]
    assert [event.data for piece in pieces for event in parser.feed(piece)] == data
    assert parser.last_event_id == last


def test_id_of_an_event_that_was_cut_off_is_not_gone_on_from() -> None:
    parser = Parser("5")
    assert list(parser.feed(b"id: 6\n\nevent: x\nid: 7\ndata: 1\n")) == []
    parser.begin()
    assert list(parser.feed(b"data: 2\n\n")) == [Event(event="message", data="2", id="6")]
    assert parser.last_event_id == "6"


@pytest.mark.parametrize(
    "value, seconds", [("1500", 1.5), ("0", 0), ("", 3), ("-1", 3), ("1e3", 3), ("٣", 3), ("9" * 5000, 3)]
)
def test_only_a_number_is_a_time_to_wait(value: str, seconds: float) -> None:
    parser = Parser(None)
    assert list(parser.feed(f"retry: {value}\n\n".encode())) == []
    assert parser.retry_seconds == seconds


async def test_a_program_goes_on_after_the_event_it_names() -> None:
    asked = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.headers.get("Last-Event-ID"))
        if len(asked) == 3:
            raise web.HTTPUnauthorized
        return web.Response(text="retry: 10\n\ndata: 1\n\n", content_type="text/event-stream")

    found = []
    async with Origin() as origin, AsyncClient(origin.url("/"), "k") as client:
        origin.on("/api/pmd/sse", answer)
        with pytest.raises(PmdError, match="401"):
            async for event in client.get_sse(last_event_id="7"):
                found.append(event)
    assert found == [Event(event="message", data="1", id="7")] * 2
    assert asked == ["7", "7", "7"]
