"""Bad input is the client's fault, a problem document with the path of the fault; never a server error."""

import asyncio
import gzip
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from pmd_service.http.patterns import in_words

from ..calls import NOBODYS
from ..dashboard.types import api_document
from ..site import Answer, Api, Site

ACTION, LICENSE, BDR = "/api/pmd/action", "/api/pmd/license", "/api/pmd/bdr"


def check_problem(answer: Answer, status: int, path: str | None = None) -> None:
    assert answer.status == status, answer
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.headers["Cache-Control"], answer.headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
    problem = answer.json
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert [fault["path"] for fault in problem.get("errors", [])] == ([path] if path else [])


BODIES: list[tuple[str, bytes, int, str | None]] = [
    # What is not JSON at all.
    (ACTION, b"", 400, "$"),
    (ACTION, b" ", 400, "$"),
    (ACTION, b"{", 400, "$"),
    (ACTION, b"hide", 400, "$"),
    (ACTION, b'{"action": "hide", "post_ids": [1]} and more', 400, "$"),
    (ACTION, b'{"action": "hide", "post_ids": [1],}', 400, "$"),
    (ACTION, b"{'action': 'hide', 'post_ids': [1]}", 400, "$"),
    (ACTION, b'\xef\xbb\xbf{"action": "hide", "post_ids": [1]}', 400, "$"),
    (ACTION, '{"action": "hide", "post_ids": [1]}'.encode("utf-16"), 400, "$"),
    (ACTION, b'{"action": "h\xff", "post_ids": [1]}', 400, "$"),
    (ACTION, b'{"action": "\\ud800", "post_ids": [1]}', 400, "$"),
    # Numbers that JSON has not.
    (ACTION, b'{"action": "hide", "post_ids": [NaN]}', 400, "$"),
    (ACTION, b'{"action": "hide", "post_ids": [Infinity]}', 400, "$"),
    (ACTION, b'{"action": "hide", "post_ids": [-Infinity]}', 400, "$"),
    (ACTION, b'{"action": "hide", "post_ids": [01]}', 400, "$"),
    # What is not an object of ours.
    (ACTION, b"null", 422, "$"),
    (ACTION, b"[]", 422, "$"),
    (ACTION, b'"hide"', 422, "$"),
    (ACTION, b"{}", 422, "$"),
    (ACTION, b'{"action": "hide"}', 422, "$"),
    (ACTION, b'{"action": "hide", "post_ids": [1], "force": true}', 422, "$"),
    (ACTION, b'{"Action": "hide", "post_ids": [1]}', 422, "$"),
    (ACTION, b'{"action": "hide", "post_ids": [1], "action": "unhide"}', 422, "$.action"),
    (ACTION, b'{"action": "hide", "post_ids": [1], "post_ids": [2]}', 422, "$.post_ids"),
    (BDR, b'{"post_ids": [1], "send_email": false, "send_email": true}', 422, "$.send_email"),
    # Wrong types and values.
    (ACTION, b'{"action": "explode", "post_ids": [1]}', 422, "$.action"),
    (ACTION, b'{"action": "HIDE", "post_ids": [1]}', 422, "$.action"),
    (ACTION, b'{"action": "hide\\u0000", "post_ids": [1]}', 422, "$.action"),
    (ACTION, b'{"action": null, "post_ids": [1]}', 422, "$.action"),
    (ACTION, b'{"action": ["hide"], "post_ids": [1]}', 422, "$.action"),
    (ACTION, b'{"action": "hide", "post_ids": []}', 422, "$.post_ids"),
    (ACTION, b'{"action": "hide", "post_ids": null}', 422, "$.post_ids"),
    (ACTION, b'{"action": "hide", "post_ids": 1}', 422, "$.post_ids"),
    (ACTION, b'{"action": "hide", "post_ids": {"0": 1}}', 422, "$.post_ids"),
    (ACTION, b'{"action": "hide", "post_ids": "1"}', 422, "$.post_ids"),
    (ACTION, b'{"action": "hide", "post_ids": [1, "2"]}', 422, "$.post_ids[1]"),
    (ACTION, b'{"action": "hide", "post_ids": [1, true]}', 422, "$.post_ids[1]"),
    (ACTION, b'{"action": "hide", "post_ids": [1, null]}', 422, "$.post_ids[1]"),
    (ACTION, b'{"action": "hide", "post_ids": [1, 2.0]}', 422, "$.post_ids[1]"),
    (ACTION, b'{"action": "hide", "post_ids": [1, 1.5]}', 422, "$.post_ids[1]"),
    (ACTION, b'{"action": "hide", "post_ids": [1e2]}', 422, "$.post_ids[0]"),
    (ACTION, b'{"action": "hide", "post_ids": [1e400]}', 422, "$.post_ids[0]"),
    (ACTION, b'{"action": "hide", "post_ids": [0]}', 422, "$.post_ids[0]"),
    (ACTION, b'{"action": "hide", "post_ids": [-0]}', 422, "$.post_ids[0]"),
    (ACTION, b'{"action": "hide", "post_ids": [-1]}', 422, "$.post_ids[0]"),
    (ACTION, b'{"action": "hide", "post_ids": [9007199254740992]}', 422, "$.post_ids[0]"),
    (ACTION, b'{"action": "hide", "post_ids": [9223372036854775808]}', 422, "$.post_ids[0]"),
    (ACTION, b'{"action": "hide", "post_ids": [' + b"9" * 5000 + b"]}", 422, "$.post_ids[0]"),
    (LICENSE, b'{"post_ids": [1]}', 422, "$"),
    (LICENSE, b'{"license_id": 2147483648, "post_ids": [1]}', 422, "$.license_id"),
    (LICENSE, b'{"license_id": 0, "post_ids": [1]}', 422, "$.license_id"),
    (LICENSE, b'{"license_id": 1.5, "post_ids": [1]}', 422, "$.license_id"),
    (LICENSE, b'{"license_id": true, "post_ids": [1]}', 422, "$.license_id"),
    (LICENSE, b'{"license_id": "CC0-1.0", "post_ids": [1]}', 422, "$.license_id"),
    (BDR, b'{"post_ids": [1], "include_comments": 1}', 422, "$.include_comments"),
    (BDR, b'{"post_ids": [1], "include_comments": "true"}', 422, "$.include_comments"),
    (BDR, b'{"post_ids": [1], "send_email": null}', 422, "$.send_email"),
    (BDR, b'{"post_ids": [1], "user_id": 1}', 422, "$"),
    # What goes deep.
    (ACTION, b"[" * 200_000, 422, "$"),
    (ACTION, b'{"action": "hide", "post_ids": ' + b"[" * 10_000, 422, "$.post_ids[0]"),
    (ACTION, b'{"action": "hide", "post_ids": ' + b"[" * 10_001, 422, "$"),
    (ACTION, b'{"action": "hide", "post_ids": [1], "x": ' + b'{"x": ' * 100_000, 422, "$"),
    # What is too much.
    (ACTION, b'{"action": "hide", "post_ids": [' + b"1," * (1 << 19) + b"1]}", 413, None),
    (BDR, b" " * ((1 << 20) + 1), 413, None),
]


async def test_a_body_is_read_strictly(api: Api, artist: int, subtests: pytest.Subtests) -> None:
    for path, body, status, fault in BODIES:
        with subtests.test(path=path, body=body[:60]):
            answer = await send(api, path, artist, body)
            check_problem(answer, status, fault)


async def test_what_is_quoted_of_a_body_is_short(api: Api, artist: int, subtests: pytest.Subtests) -> None:
    long = b"x" * 450_000
    for path, body in (
        (ACTION, b'{"%s": 1}' % long),
        (ACTION, b'{"action": "%s", "post_ids": [1]}' % long),
        ("/api/pmd/jobs", b'{"kind": "upscale", "asset_ids": [1], "params": {"%s": 1, "%s": 2}}' % (long, long)),
        ("/api/pmd/jobs", b'{"kind": "upscale", "asset_ids": [1], "params": {"%s": 1}}' % long),
    ):
        with subtests.test(body=body[:60]):
            answer = await send(api, path, artist, body)
            assert (answer.status, len(answer.json["errors"])) == (422, 1)
            assert len(answer.body) < 2000


async def test_however_deep_a_body_is_it_is_no_error_of_ours(api: Api, artist: int) -> None:
    # What one of two readers still follows may be too deep for the other.
    for depth in range(900, 1000):
        params = b'{"a": %s}' % (b"[" * depth + b"]" * depth)
        body = b'{"kind": "upscale", "asset_ids": [1], "params": %s}' % params
        answer = await send(api, "/api/pmd/jobs", artist, body)
        assert answer.status in (400, 422), depth


async def test_a_body_of_very_many_objects_is_refused_before_they_are_read(api: Api, artist: int) -> None:
    file = b'{"path": "red.png", "size_bytes": 1}'
    check_problem(
        await send(api, "/api/pmd/uploads", artist, b'{"files": [%s]}' % b",".join([file] * 10_000)), 422, "$"
    )
    answer = await send(api, "/api/pmd/uploads", artist, b'{"files": [%s]}' % b",".join([file] * 9_999))
    assert [fault["path"] for fault in answer.json["errors"]] == ["$.files"]


async def send(api: Api, path: str, user: int, body: bytes, content_type: str = "application/json") -> Answer:
    return await api.call("POST", path, user=user, data=io.BytesIO(body), headers={"Content-Type": content_type})


async def test_a_body_of_exactly_a_mebibyte_is_read(site: Site, api: Api, artist: int) -> None:
    post = await site.add_post(artist)
    body = b'{"action": "hide", "post_ids": [%d]}' % post
    body += b" " * ((1 << 20) - len(body))
    answer = await send(api, ACTION, artist, body)
    assert answer.status == 200, answer


CONTENT_TYPES = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/json",
    "nonsense",
    "",
]


async def test_a_body_that_is_not_called_json_is_refused(api: Api, artist: int, subtests: pytest.Subtests) -> None:
    for path in (ACTION, LICENSE, BDR):
        for content_type in CONTENT_TYPES:
            with subtests.test(path=path, content_type=content_type):
                check_problem(await send(api, path, artist, b"{}", content_type), 415)


async def test_a_body_in_a_wrapping_is_refused_whatever_is_in_it(
    server: TestServer, api: Api, artist: int, subtests: pytest.Subtests
) -> None:
    fine = b'{"action": "hide", "post_ids": [1]}'
    for coding, body in (
        ("gzip", gzip.compress(fine)),
        ("gzip", b"not gzip"),
        ("gzip", gzip.compress(b" " * (1 << 24))),
        ("deflate", b"\0\1\2"),
        ("GZIP, identity", fine),
        ("", fine),
    ):
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Content-Encoding": coding}
        for path in (ACTION, "/healthz", "/api/pmd/nothing"):
            with subtests.test(coding=coding, body=body[:10], path=path):
                assert await raw_status(server, "POST", path, headers | api.sign(artist), body) == 415


async def test_an_expect_other_than_100_continue_is_417(
    server: TestServer, api: Api, artist: int, subtests: pytest.Subtests
) -> None:
    body = b'{"action": "hide", "post_ids": [1]}'
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body))} | api.sign(artist)
    for path in (ACTION, "/healthz", "/api/pmd/nothing", "/"):
        for expect in ("\xff", "100-continues", "100-continue, \xff"):
            with subtests.test(path=path, expect=expect):
                answer = await raw_answer(server, "POST", path, headers | {"Expect": expect}, body)
                head, _, problem = answer.partition(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 417 "), answer
                assert b"\r\nConnection: close" in head
                assert b"X-Request-ID" in head
                assert json.loads(problem)["status"] == 417
    waits = {"Expect": "100-Continue", "Connection": "close"}
    waiting = await raw_answer(server, "POST", ACTION, headers | waits, body)
    assert waiting.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 "), waiting


async def test_a_body_with_content_encoding_identity_is_read(server: TestServer, api: Api, artist: int) -> None:
    body = b'{"action": "hide", "post_ids": [1]}'
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Content-Encoding": "Identity"}
    assert await raw_status(server, "POST", ACTION, headers | api.sign(artist), body) == 400


QUERIES = ["%00", "a%00b", "%ff", "%ed%a0%80", "%", "%zz", "𝟙", "x" * 7000, "../..", "'", "%0d%0aX: y"]


async def test_no_text_in_a_query_or_a_path_is_an_error_of_ours(
    site: Site, server: TestServer, api: Api, subtests: pytest.Subtests
) -> None:
    moderator = api.sign(await site.add_user("mod", roles=["moderator"]))
    for text in QUERIES:
        raw = text.encode().decode("latin-1")
        for path, status in {
            f"/api/pmd/posts?target_sqid={raw}": 404,
            f"/api/pmd/posts?cursor={raw}": 422,
            f"/api/pmd/audit?limit={raw}": 422,
            f"/api/pmd/bdr/{raw}": 404,
            f"/api/pmd/bdr/{raw}/download": 404,
            f"/api/{raw}": 404,
            f"/api/pmd/posts?{raw}": 422,
        }.items():
            with subtests.test(path=path[:100]):
                # What the HTTP parser itself refuses does not reach us.
                assert await raw_status(server, "GET", path, moderator) in (status, 400)


# Probes and browsers add parameters of their own to these.
ANY_QUERY = {"/healthz", "/readyz", "/metrics", "/api/docs"}


async def test_unknown_query_parameter_is_refused_on_every_route(
    site: Site, api: Api, subtests: pytest.Subtests
) -> None:
    owner = await site.add_user("keeper", roles=["owner"])
    unknown = {"no_such_parameter": "1"}
    for template, operations in api_document()["paths"].items():
        for method, operation in operations.items():
            with subtests.test(method=method, path=template):
                path = re.sub(r"{\w+}", lambda name: NOBODYS.get(name[0], ["1"])[0], template)
                answer = await api.call(method.upper(), path, user=owner, params=unknown)
                if template in ANY_QUERY:
                    assert answer.status in (200, 503)
                elif method == "head":
                    assert answer.status == 422
                else:
                    check_problem(answer, 422, "?no_such_parameter")
                    known = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
                    assert [name for name in known if name not in answer.json["detail"]] == []
    ignored = await api.get("/api/license", user=owner, params={"target_sqid": site.sqid(owner)})
    assert ignored.status == 200, "the page names the target in every call"


async def test_a_value_that_is_none_of_its_parameters_names_those_that_are(api: Api, artist: int) -> None:
    refused = await api.get("/api/pmd/drafts", user=artist, params={"sort": "nonsense"})
    assert (refused.status, refused.json["detail"]) == (422, "“sort” is one of position, due.")
    refused = await api.get("/api/pmd/drafts", user=artist, params={"limit": "nonsense"})
    assert refused.json["detail"] == "“limit” is not as expected: Expected `int`, got `str`."


async def test_a_text_that_breaks_a_pattern_is_refused_in_words(api: Api, artist: int) -> None:
    refused = await api.post("/api/pmd/saved-views", {"name": "GIFs", "query": "format=gif &"}, user=artist)
    meant = "Expected plain ASCII without spaces: encode others, a space as %20"
    check_problem(refused, 422, "$.query")
    assert refused.json["detail"] == f"The body is not as expected: {meant}."
    patterns = {each["pattern"] for each in schemas_in(api_document()["components"]) if "pattern" in each}
    assert [each for each in patterns if "regex" in in_words(f"Expected `str` matching regex {each!r}")] == []


def schemas_in(part: Any) -> Iterator[dict[str, Any]]:
    """All objects of a document, which schemas are among."""
    if isinstance(part, dict):
        yield part
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from schemas_in(each)


async def test_nul_character_in_any_text_is_422(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    owner = await site.add_user("keeper", roles=["owner"])
    filters = ["posts?format=", "posts?hashtag=", "posts?license=", "assets?q=", "ops/work?error="]
    for path in filters:
        with subtests.test(path=path):
            check_problem(await api.get(f"/api/pmd/{path}a%00b", user=owner), 422, "$")
    for path, body in {
        "ops/pause": {"kind": "a\0b", "paused": True},
        "ops/retry": {"rows": [{"kind": "probe", "id": "a\0b"}]},
    }.items():
        with subtests.test(path=path):
            check_problem(await api.post(f"/api/pmd/{path}", body, user=owner), 422, "$")


async def test_an_idempotency_key_is_short_and_printable(
    server: TestServer, api: Api, artist: int, subtests: pytest.Subtests
) -> None:
    headers = api.sign(artist) | {"Content-Type": "application/json", "Content-Length": "16"}
    for key in ("", "x" * 256, "tab\there", "two words", "\xff"):
        with subtests.test(key=key):
            keyed = headers | {"Idempotency-Key": key}
            assert await raw_status(server, "POST", BDR, keyed, b'{"post_ids":[1]}') == 422


async def test_a_token_of_any_bytes_is_a_bad_token(server: TestServer) -> None:
    for token in ("\xff", "a.b.c", "é.é.é", "." * 3000, "ey" + "\xed\xa0\x80"):
        assert await raw_status(server, "GET", "/api/pmd/posts", {"Authorization": f"Bearer {token}"}) == 401
        assert await raw_status(server, "GET", "/api/pmd/posts", {"Cookie": f"access_token={token}"}) == 401


async def test_unknown_url_or_method_gets_a_problem_document(api: Api, artist: int) -> None:
    check_problem(await api.get("/api/pmd/nothing", user=artist), 404)
    answer = await api.call("PUT", "/api/pmd/posts", user=artist)
    check_problem(answer, 405)
    assert answer.headers["Allow"] == "GET,HEAD"


async def test_a_malformed_request_gets_400_and_the_connection_is_closed(
    server: TestServer, subtests: pytest.Subtests
) -> None:
    """By aiohttp in plain text; behind a proxy it does not come this far."""
    for request in (
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Odd: \0\r\n\r\n",
        b"nothing\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Long: " + 9000 * b"q" + b"\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + 1000 * b"X-Many: q\r\n" + b"\r\n",
        b"GET /" + 9000 * b"q" + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    ):
        with subtests.test(request=request[:60]):
            reader, writer = await asyncio.open_connection(server.host, server.port)
            writer.write(request)
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
            writer.close()
            assert head.startswith(b"HTTP/1.0 400 "), head
            assert len(body) < 500


async def raw_status(server: TestServer, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> int:
    answer = await raw_answer(server, method, path, headers, body)
    assert b"Traceback" not in answer
    return int(answer.split(b" ", 2)[1])


async def raw_answer(server: TestServer, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """The answer to a request that is sent as it is, byte by byte."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
    await writer.drain()
    answer = await reader.read()
    writer.close()
    return answer
