"""The OpenAPI document and its page: complete, and true of the running service."""

import asyncio
import base64
import os
import re
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import hdrs
from aiohttp.test_utils import TestServer

from pmd_service.base.settings import Settings
from pmd_service.dashboard.routes import PAGES as DASHBOARD
from pmd_service.http import route as declarations
from pmd_service.http.errors import Problem
from pmd_service.http.openapi import page
from pmd_service.http.openapi.page import DOCUMENTATION
from pmd_service.http.route import declared
from pmd_service.http.wire import write_cursor
from pmd_service.site.texts import MAX_TAG

from ..site import Api, Site

ROOT = Path(__file__).resolve().parents[2]

# What everybody may read.
# Programs that have no key yet; their 400 is an error of OAuth (RFC 8628).
DEVICE = {"/api/pmd/device/code", "/api/pmd/device/token"}
PUBLIC = {"/api/openapi.json", "/api/docs", "/api/license", "/healthz", "/readyz", "/metrics"} | DEVICE
# Pages for people, and what they load, are no part of the API.
PAGES = {f"/u/{{sqid}}/{page}" for page in DASHBOARD} | {
    "/",
    "/robots.txt",
    "/ai.txt",
    "/.well-known/tdmrep.json",
    "/ops",
    "/pmd/assets/{name}",
    "/pmd/device",
    "/p/static/{hash}/{name}",
    "/p/{address}",
    "/u/{sqid}/series/{series_id}",
    "/u/{sqid}/series/{series_id}/art/{post_id}",
    *(f"/p/{{address}}/{part}" for part in ("download", "cover.png", "art/{asset_id}", "sound/{asset_id}")),
}


@pytest.fixture
def document(server: TestServer) -> dict[str, Any]:
    return server.app[DOCUMENTATION].document


def operations_of(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


async def test_every_route_is_documented(server: TestServer, document: dict[str, Any]) -> None:
    routes = {
        (route.resource.canonical, route.method.lower())
        for route in server.app.router.routes()
        if route.resource is not None and route.method != hdrs.METH_HEAD
    }
    documented = {(path, method) for path, method, _ in operations_of(document) if method != "head"}
    assert {route for route in routes if route[0] not in PAGES} == documented
    routed = {route.handler for route in server.app.router.routes()}
    ours = {handler for handler in declarations._declared if handler.__module__.startswith("pmd_service.")}
    assert ours <= routed


async def test_anybody_gets_the_openapi_3_1_document(api: Api) -> None:
    answer = await api.call("GET", "/api/openapi.json")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json["openapi"] == "3.1.0"


async def test_operations_have_unique_ids_and_descriptions(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _path, _method, operation in operations_of(document)]
    assert len(set(names)) == len(names)
    assert [name for name in document["components"]["schemas"] if not name.isalnum()] == []
    for path, _method, operation in operations_of(document):
        assert operation["summary"]
        assert operation["tags"]
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], (path, parameter)
        for response in operation["responses"].values():
            assert response["description"]


async def test_routes_that_need_a_token_document_it_and_the_target_user(document: dict[str, Any]) -> None:
    for path, _method, operation in operations_of(document):
        names = {parameter["name"] for parameter in operation.get("parameters", ())}
        assert bool(operation["security"]) == ("target_sqid" in names) == (path not in PUBLIC)
        assert {"401", "403", "404"} <= operation["responses"].keys() or path in PUBLIC


async def test_every_json_body_and_response_has_a_valid_example(
    server: TestServer, document: dict[str, Any], subtests: pytest.Subtests
) -> None:
    for line in server.app.router.routes():
        route = declared(line.handler)
        if route is None or line.resource is None or (line.method == hdrs.METH_HEAD and not route.head):
            continue
        operation = document["paths"][line.resource.canonical][line.method.lower()]
        reported = [
            (answer.kind, operation["responses"][str(int(answer.status))]["content"]["application/json"]["example"])
            for answer in route.answers
            if answer.kind is not None
        ]
        if route.reads.body is not None:
            reported.append((route.reads.body, operation["requestBody"]["content"]["application/json"]["example"]))
        for kind, example in reported:
            with subtests.test(path=line.resource.canonical, kind=kind.__name__):
                msgspec.convert(example, kind)


async def test_every_problem_has_an_example(document: dict[str, Any]) -> None:
    for path, method, operation in operations_of(document):
        for status, response in operation["responses"].items():
            is_oauth = path in DEVICE and status == "400"
            if status >= "400" and method != "head" and path != "/readyz" and not is_oauth:
                msgspec.convert(response["content"]["application/problem+json"]["example"], Problem)


async def test_the_place_in_an_examples_cursor_is_one_of_its_list(
    site: Site, api: Api, document: dict[str, Any], subtests: pytest.Subtests
) -> None:
    moderator = await site.add_user("fuzzer", roles=["user", "moderator"])
    upload = await site.pool.fetchval(
        "INSERT INTO batch_reports (user_id, requested_by, total_files) VALUES ($1, $1, 1) RETURNING id", moderator
    )
    change = await site.pool.fetchval(
        """INSERT INTO bulk_change (user_id, requested_by, action, request, found_count)
           VALUES ($1, $1, 'hide', '{}', 1) RETURNING id""",
        moderator,
    )
    webhook = await site.pool.fetchval(
        """INSERT INTO webhooks (user_id, url, events, secret, installation, seen)
           VALUES ($1, 'https://island.example/', '{post.made}', 'whsec_', '', pg_current_snapshot()) RETURNING id""",
        moderator,
    )
    download = await site.add_request(moderator, [await site.add_post(moderator)])
    imported = await site.pool.fetchval(
        "INSERT INTO imports (user_id, requested_by, asset_id, name) VALUES ($1, $1, 7, 'a.zip') RETURNING id",
        moderator,
    )
    series = await site.pool.fetchval("INSERT INTO series (user_id, name) VALUES ($1, 'Coast') RETURNING id", moderator)
    named = {
        "{series_id}": series,
        "{import_id}": imported,
        "{upload_id}": upload,
        "{change_id}": change,
        "{webhook_id}": webhook,
        "{bdr_id}": download,
    }
    paged = [
        (path, parameter["schema"]["examples"])
        for path, _method, operation in operations_of(document)
        for parameter in operation.get("parameters", ())
        if parameter["name"] == "cursor" and path != "/api/pmd/changes"  # a cursor there is of one database
    ]
    assert len(paged) > 5
    for path, (cursor,) in paged:
        with subtests.test(path=path):
            address = path
            for name, row_id in named.items():
                address = address.replace(name, str(row_id))
            known = msgspec.msgpack.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            for place in (cursor, 2**62, [2**62, 2**62], *map(write_cursor, _with_nul(known))):
                sealed = api.sealed(address, moderator, place)
                answer = await api.get(address, user=moderator, params={"cursor": sealed})
                assert answer.status == 200 or (answer.status == 422 and place != cursor), answer


def _with_nul(place: Any) -> Iterator[Any]:
    """The place with one of its texts as none is that the database can have."""
    if isinstance(place, list):
        for at, each in enumerate(place):
            yield from ([*place[:at], other, *place[at + 1 :]] for other in _with_nul(each))
    elif isinstance(place, str):
        yield "\0"


async def test_documentation_page_has_no_inline_script_and_no_foreign_url(api: Api) -> None:
    answer = await api.call("GET", "/api/docs")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    loaded = re.findall(r'(?:src|href)="([^"]*)"', answer.body.decode())
    assert loaded
    assert all(address.startswith(("/pmd/assets/", "/api/")) for address in loaded)
    policy = answer.headers["Content-Security-Policy"]
    assert {"default-src 'none'", "script-src 'self'", "require-trusted-types-for 'script'"} <= set(policy.split("; "))
    assert "unsafe" not in policy


async def test_a_service_without_a_built_page_says_so(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "find_built", lambda _name: None)
    answer = await api.call("GET", "/api/docs")
    assert (answer.status, answer.body) == (503, "The page is not built: run “make page”.\n".encode())


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, bdr_daily_limit=10_000, site_name="<b>Pixels & Co</b>")


@pytest.mark.timeout(1500)  # every operation, many times
async def test_no_call_generated_from_the_document_breaks_the_service(
    site: Site, server: TestServer, api: Api, document: dict[str, Any], tmp_path: Path
) -> None:
    """Schemathesis calls every operation with its examples, at its boundaries, and at random, well and badly.

    No answer is a 5xx; each has a status, a media type and a schema that the document names.
    """
    moderator = await site.add_user("fuzzer", roles=["user", "moderator"])
    await add_what_the_examples_name(site, document, moderator)
    process = await asyncio.create_subprocess_exec(
        str(Path(sysconfig.get_path("scripts")) / "st"),
        f"--config-file={Path(__file__).with_name('schemathesis.toml')}",
        "run",
        str(server.make_url("/api/openapi.json")),
        f"--header=Authorization:{api.sign(moderator)['Authorization']}",
        "--phases=examples,coverage,fuzzing",
        "--max-examples=2",
        "--generation-deterministic",
        "--exclude-path-regex=/sse$",  # streams do not end
        "--checks=all",
        "--exclude-checks=positive_data_acceptance",  # well-formed ids may name nothing
        "--continue-on-failure",
        "--no-color",
        cwd=tmp_path,
        env=os.environ | {"SCHEMATHESIS_HOOKS": "tests.http.hooks", "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()


async def add_what_the_examples_name(site: Site, document: dict[str, Any], owner_id: int) -> None:
    """The posts and the download of the document's examples, so that examples succeed."""
    paths = document["paths"]
    example = paths["/api/pmd/action"]["post"]["requestBody"]["content"]["application/json"]["example"]
    for post_id in example["post_ids"]:
        await site.add_post(owner_id, id=post_id)
    ready = paths["/api/pmd/bdr/{bdr_id}"]["get"]["responses"]["200"]["content"]["application/json"]["example"]
    archive = site.write("bdr/example.zip", b"PK")
    await site.pool.execute(
        """INSERT INTO batch_download_requests (id, user_id, requested_by, post_ids, artwork_count, status, file_path,
                                                file_size_bytes, completed_at, expires_at)
           VALUES ($1, $2, $2, $3, $4, 'ready', 'bdr/example.zip', $5, now(), now() + interval '1 day')""",
        ready["id"],
        owner_id,
        example["post_ids"],
        len(example["post_ids"]),
        archive.stat().st_size,
    )


async def test_every_route_returns_a_pack_in_one_schema(document: dict[str, Any]) -> None:
    packs = {
        f"{method} {path}": operation["responses"][min(operation["responses"])]["content"]["application/json"]["schema"]
        for path, method, operation in operations_of(document)
        if path in ("/api/pmd/packs", "/api/pmd/packs/{pack_id}", "/api/pmd/packs/{pack_id}/assets")
        and method in ("post", "patch", "put", "get")
        and f"{method} {path}" != "get /api/pmd/packs"
    }
    assert set(map(str, packs.values())) == {str({"$ref": "#/components/schemas/PackDetails"})}
    assert len(packs) == 4


def test_hashtags_that_are_written_have_one_length(document: dict[str, Any]) -> None:
    """The document allowed 64, and the service refused what had 51 to 64."""
    lengths = {}
    for name, schema in document["components"]["schemas"].items():
        for field, values in schema.get("properties", {}).items():
            if field.endswith(("hashtags", "tags")) and "maxLength" in values.get("items", {}):
                lengths[f"{name}.{field}"] = values["items"]["maxLength"]
    assert len(lengths) >= 9, lengths
    assert set(lengths.values()) == {MAX_TAG}, lengths
