"""No call's largest body holds the event loop, on which everybody waits: in processor time, beside a yardstick."""

import io
import json
import time
from asyncio import Handle
from typing import Any

import pytest

from pmd_service.site.texts import one_line

from ..site import Api, Site

# Packs have so many files, each with such notes: what one call brings at most.
SIGNS = 1024 * 500


def yardstick() -> float:
    """Seconds to look at each sign by itself: some 15 ms, and as many more as all is slower here."""
    began = time.thread_time()
    any(sign == "\0" for sign in "x" * SIGNS)
    return time.thread_time() - began


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each step of the loop has held it."""
    steps: list[float] = []
    run = Handle._run

    def measured(handle: Handle) -> Any:
        began = time.thread_time()
        try:
            return run(handle)
        finally:
            steps.append(time.thread_time() - began)

    monkeypatch.setattr(Handle, "_run", measured)
    return steps


CALLS: dict[str, tuple[str, Any, int]] = {
    "unknown files": ("/api/pmd/assets/disclosures", {"asset_ids": [*range(1, 10_001)]}, 400),
    "files of a page": (
        "/api/pmd/uploads/check",
        {"files": [{"path": "d" * 1900, "size_bytes": 1, "sha256": "0" * 64}] * 512},
        200,
    ),
    "files whose names are heaps of marks": (
        "/api/pmd/uploads/check",
        json.dumps(
            {"files": [{"path": "a" + "\u0301" * 950 + "\u0316" * 950, "size_bytes": 1}] * 250}, ensure_ascii=False
        ).encode(),
        200,
    ),
    "names of which the last comes twice": (
        "/api/pmd/jobs",
        b'{"kind": "upscale", "asset_ids": [1], "params": {%s, "again": 1, "again": 2}}'
        % b",".join(b'"%x": 1' % number for number in range(10_000)),
        422,
    ),
    "lists in lists": (
        "/api/pmd/jobs",
        b'{"kind": "upscale", "asset_ids": [1], "params": {"lists": [%s]}}' % b",".join([b"[[]]"] * 200_000),
        422,
    ),
}


FORM = {"Content-Type": "multipart/form-data; boundary=b"}


async def test_form_preamble_of_empty_lines_does_not_block_the_loop(site: Site, api: Api, held: list[float]) -> None:
    artist = await site.add_user()
    longest = []
    for _ in range(3):
        held.clear()
        answer = await api.call(
            "POST", "/api/pmd/uploads/form", user=artist, data=io.BytesIO(b"\n" * 1_000_000), headers=FORM
        )
        assert answer.status == 400
        longest.append(max(held))
    assert min(longest) < 3 * yardstick(), longest


async def test_no_body_holds_the_loop_for_long(
    site: Site, api: Api, held: list[float], subtests: pytest.Subtests
) -> None:
    artist = await site.add_user()
    for what, (path, body, status) in CALLS.items():
        with subtests.test(what=what):
            longest = []
            for _ in range(3):
                held.clear()
                sent = body if isinstance(body, bytes) else json.dumps(body).encode()
                headers = {"Content-Type": "application/json", "Accept-Language": "de"}
                answer = await api.call("POST", path, user=artist, data=io.BytesIO(sent), headers=headers)
                assert answer.status == status
                longest.append(max(held))
            assert min(longest) < 3 * yardstick(), longest


def test_one_line_does_not_loop_over_characters() -> None:
    texts = ["wörds  of it " * 38] * 1024
    taken = []
    for _ in range(3):
        began = time.thread_time()
        lines = [one_line(text) for text in texts]
        taken.append(time.thread_time() - began)
    assert lines[0].startswith("wörds of it wörds")
    assert min(taken) < yardstick()


def test_a_line_has_no_controls_and_reads_as_it_is_written() -> None:
    assert one_line("a\u202eb\n\tc\u00a0d\u200be\x00 f") == "a b c d e f"
    assert one_line("漢字 – “ß”") == "漢字 – “ß”"
    assert one_line("\u2028 \ufeff") == ""
