"""/api/openapi.json and /api/docs: the document as JSON and in Swagger UI, bundled by Vite (web/src/docs).

In a thread: making the document, and a file read by several system calls in one hop.
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from http import HTTPStatus

import msgspec
from aiohttp import web

from ...base.built import find_built
from ..page_policy import page_policy
from ..ready_made import ReadyMade
from ..route import Answer, Routes
from .document import build_document
from .schemas import Json

# Swagger UI's style sheet has its icons as data: URLs. Its sanitizer registers a policy when it is loaded, though
# descriptions are shown as plain text (plainText.ts).
_HEADERS = {
    "Content-Security-Policy": page_policy(img_src="'self' data:", trusted_types="dompurify"),
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Documentation:
    """The document and its encoded answer, made on the first request: they would be 0.2 of 0.8 s of a start."""

    def __init__(self, build: Callable[[], Json]) -> None:
        self._build = build

    @cached_property
    def document(self) -> Json:
        return self._build()

    @cached_property
    def ready_made(self) -> ReadyMade:
        return ReadyMade(msgspec.json.encode(self.document))


def documented(
    router: web.UrlDispatcher,
    messages: Mapping[str, type[msgspec.Struct]],
    followed: Mapping[str, tuple[type, type[msgspec.Struct]]],
    *,
    site_name: str,
) -> Documentation:
    """The documentation of the declared routes of this URL table, of the messages that webhooks are sent, and of the
    kinds that streams follow (``build_document``).
    """
    return Documentation(partial(build_document, router, messages, followed, site_name=site_name))


DOCUMENTATION = web.AppKey("documentation", Documentation)


ROUTES = Routes("Service")


@ROUTES("GET /api/openapi.json", Answer("The OpenAPI document.", media="application/json"), anonymous=True)
async def get_openapi(request: web.Request) -> web.Response:
    """This document."""
    documentation = request.app[DOCUMENTATION]
    ready_made = await asyncio.to_thread(lambda: documentation.ready_made)
    return ready_made.answer(request)


@ROUTES(
    "GET /api/docs", Answer("The page.", media="text/html", example="<!doctype html>"), anonymous=True, any_query=True
)
async def get_docs(_request: web.Request) -> web.Response:
    """This document as a page."""
    built = find_built("docs.html")
    if built is None:
        return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text="The page is not built: run “make page”.\n")
    html = await asyncio.to_thread((built / "docs.html").read_text, "utf-8")
    return web.Response(text=html, content_type="text/html", headers=_HEADERS)
