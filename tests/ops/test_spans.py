"""Traces: what servers and workers do for one request is one trace at the collector, whatever lies in between."""

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from pmd_service.base import spans
from pmd_service.base.settings import Settings
from pmd_service.demo.stack import Stack

from ..conftest import Serve, WorkOff
from ..hang import HANG_SECONDS
from ..site import Api, Site

messages = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2", reason="the extra “otel”")


class Collector:
    """Takes OTLP over HTTP, as a collector does."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.services: set[str] = set()

    async def take(self, request: web.Request) -> web.Response:
        received = messages.ExportTraceServiceRequest.FromString(await request.read())
        for of_resource in received.resource_spans:
            named = {each.key: each.value.string_value for each in of_resource.resource.attributes}
            self.services.add(named["service.name"])
            self.spans += [span for scope in of_resource.scope_spans for span in scope.spans]
        return web.Response(body=messages.ExportTraceServiceResponse().SerializeToString())

    def of(self, request_id: str) -> list[Any]:
        return [span for span in self.spans if _attributes(span).get("request.id") == request_id]


def _attributes(span: Any) -> dict[str, str]:
    return {each.key: each.value.string_value for each in span.attributes}


@pytest.fixture
async def collector(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Collector]:
    collector, app = Collector(), web.Application(client_max_size=2**24)
    app.router.add_post("/v1/traces", collector.take)
    async with TestServer(app) as server:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", str(server.make_url("/")).rstrip("/"))
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        yield collector


@pytest.fixture
def settings(settings: Settings, stack: Stack) -> Settings:
    return msgspec.structs.replace(settings, smtp_url=stack.mail.url, mail_from="pmd@makapix.club")


async def test_request_work_and_mail_are_one_trace(
    collector: Collector, serve: Serve, settings: Settings, site: Site, work_off: WorkOff
) -> None:
    artist = await site.add_user(email="artist@example.org")
    post = await site.add_post(artist)
    server = await serve(settings)
    async with Api(server.make_url("/"), settings) as api:
        body = {"post_ids": [post], "send_email": True}
        await api.post("/api/pmd/bdr", body, user=artist, headers={"X-Request-ID": "trace-me"})
        await work_off()
        wanted = {"POST /api/pmd/bdr", "bdr: attempt", "email: attempt", "mail: connected and sent"}
        async with asyncio.timeout(HANG_SECONDS):
            while not wanted <= {span.name for span in collector.of("trace-me")}:
                await asyncio.sleep(0.05)
        await api.get("/api/pmd/posts", user=artist, headers={"X-Request-ID": "another"})
        async with asyncio.timeout(HANG_SECONDS):
            while not collector.of("another"):
                await asyncio.sleep(0.05)
    assert len({span.trace_id for span in collector.of("trace-me")}) == 1
    assert {span.trace_id for span in collector.of("another")}.isdisjoint(
        span.trace_id for span in collector.of("trace-me")
    )
    by_id = {span.span_id: span.name for span in collector.spans}
    (mail,) = [span for span in collector.of("trace-me") if span.name == "mail: connected and sent"]
    assert by_id[mail.parent_span_id] == "email: attempt"
    assert {"pmd-server", "pmd-worker"} <= collector.services


async def test_unreachable_trace_collector_delays_nothing(
    monkeypatch: pytest.MonkeyPatch, serve: Serve, settings: Settings, site: Site
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(spans, "FLUSH_SECONDS", 0.1)
    artist = await site.add_user()
    server = await serve(settings)
    async with Api(server.make_url("/"), settings) as api:
        assert (await api.get("/api/pmd/posts", user=artist)).status == 200
    await server.close()  # waits for the exporter no longer than that


async def test_tracing_without_its_extra_is_logged_once(
    monkeypatch: pytest.MonkeyPatch, serve: Serve, settings: Settings, site: Site
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    artist = await site.add_user()
    with capture_logs() as logs:
        server = await serve(settings)
        async with Api(server.make_url("/"), settings) as api:
            assert (await api.get("/api/pmd/posts", user=artist)).status == 200
    assert [line["event"] for line in logs if line["event"] == "traces_not_sent"] == ["traces_not_sent"]
