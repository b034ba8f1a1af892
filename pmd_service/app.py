"""The web application: middlewares, the URL table and the resources, in order."""

import asyncio
from collections.abc import AsyncIterator, Collection
from functools import partial
from http import HTTPStatus
from uuid import UUID

import redis
from aiohttp import web
from aiohttp.typedefs import Handler

from .audit import get_audit
from .dashboard import routes as dashboard
from .dashboard.routes import BUILT_PAGE
from .dashboard.site_files import find_built_page
from .database import DATABASE_DOWN, POOL, pool_context
from .downloads import queries as bdr_queries
from .downloads import routes as bdr
from .errors import ProblemError, unavailable
from .events.hub import HUB, Hub, States
from .events.listener import LISTENER, Listener
from .health import get_healthz, get_metrics, get_readyz
from .identity import PUBLIC_IDS, SAFE_METHODS, TOKENS, Tokens, get_me, identity_middleware, is_guarded
from .openapi import DOCUMENTATION, Documentation, build_document, get_docs, get_openapi
from .operations import OPERATIONS
from .posts import art
from .posts import routes as posts
from .public_ids import PublicIds
from .queue import doorbell_context
from .settings import SETTINGS, Settings
from .telemetry import log, telemetry_middleware
from .vault import VAULT, LocalVault

MAX_BODY_BYTES = 1 << 20


def create_app(settings: Settings) -> web.Application:
    app = web.Application(
        client_max_size=MAX_BODY_BYTES,
        middlewares=[
            telemetry_middleware,
            problem_middleware,
            shield_middleware,
            identity_middleware(settings),
        ],
    )
    app.add_routes(
        [
            web.get("/api/pmd/posts", posts.get_posts),
            web.get("/api/pmd/posts/{post_id}/art", art.get_art),
            web.post("/api/pmd/action", posts.post_action),
            web.post("/api/pmd/license", posts.post_license),
            web.get("/api/license", posts.get_licenses),
            web.get("/api/pmd/audit", get_audit),
            web.post("/api/pmd/bdr", bdr.post_bdr),
            web.get("/api/pmd/bdr", bdr.get_bdrs),
            web.get("/api/pmd/bdr/sse", bdr.get_bdr_sse, allow_head=False),
            web.get("/api/pmd/bdr/{bdr_id}", bdr.get_bdr),
            web.get("/api/pmd/bdr/{bdr_id}/download", bdr.get_bdr_download),
            web.delete("/api/pmd/bdr/{bdr_id}", bdr.delete_bdr),
            web.post("/api/pmd/bdr/{bdr_id}/retry", bdr.post_bdr_retry),
            web.post("/api/pmd/bdr/{bdr_id}/cancel", bdr.post_bdr_cancel),
            web.get("/api/pmd/bdr/{bdr_id}/missing", bdr.get_bdr_missing),
            web.get("/api/auth/me", get_me),
            web.get("/u/{sqid}/posts", dashboard.get_dashboard),
            web.get(r"/pmd/assets/{name:[\w.-]+}", dashboard.get_asset),
            web.get("/api/openapi.json", get_openapi),
            web.get("/api/docs", get_docs),
            web.get("/healthz", get_healthz),
            web.get("/readyz", get_readyz),
            web.get("/metrics", get_metrics),
        ]
    )

    app[SETTINGS] = settings
    app[TOKENS] = Tokens(settings)
    app[PUBLIC_IDS] = PublicIds(settings.sqids_alphabet)
    app[VAULT] = LocalVault(settings.vault_path)
    if built_page := find_built_page():
        app[BUILT_PAGE] = built_page
    app[DOCUMENTATION] = Documentation(
        build_document(app.router, OPERATIONS, site_name=settings.site_name, is_guarded=is_guarded)
    )
    for resource in (pool_context, doorbell_context, events_context):
        app.cleanup_ctx.append(partial(resource, settings=settings))
    app.on_response_prepare.append(set_security_headers)
    app.on_shutdown.append(close_streams)
    return app


async def events_context(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    """The hub and the one LISTEN connection that feeds it."""

    async def load(bdr_ids: Collection[UUID]) -> States:
        return {row.id: bdr.encode_state(row) for row in await bdr_queries.load_bdrs(app[POOL], bdr_ids)}

    hub = Hub(load=load, newest=lambda user_ids: bdr_queries.newest_of_users(app[POOL], user_ids))
    listener = Listener(settings.listen_dsn, on_change=hub.notified, on_gap=hub.resync)
    app[HUB], app[LISTENER] = hub, listener
    hub.start()
    await listener.start()
    yield
    await listener.stop()
    await hub.stop()


async def close_streams(app: web.Application) -> None:
    """End the event streams first: open ones would hold the shutdown back for its whole time limit."""
    app[HUB].close_streams()


@web.middleware
async def problem_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tell every error as problem+json, and none of its internals."""
    try:
        return await handler(request)
    except ProblemError as error:
        return error.response()
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _problem_of(error).response()
    except (*DATABASE_DOWN, redis.RedisError) as error:
        log.error("dependency_down", error=repr(error))
        return unavailable("The service cannot reach one of its stores just now. Please try again.").response()
    except Exception:
        log.exception("unhandled_error")
        return ProblemError(
            HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side. It has been logged."
        ).response()


def _problem_of(error: web.HTTPException) -> ProblemError:
    details = {
        HTTPStatus.NOT_FOUND: "There is nothing at this address.",
        HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take this method.",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: f"The body is larger than {MAX_BODY_BYTES} bytes.",
    }
    status = HTTPStatus(error.status)
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    return ProblemError(status, details.get(status, status.description or status.phrase), headers=headers)


@web.middleware
async def shield_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a write come to its end although its client has hung up; reads are cancelled with their client."""
    if request.method in SAFE_METHODS:
        return await handler(request)
    writing = asyncio.ensure_future(handler(request))
    _writes.add(writing)
    writing.add_done_callback(_writes.discard)
    return await asyncio.shield(writing)


_writes: set[asyncio.Future[web.StreamResponse]] = set()


async def set_security_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "no-store")
