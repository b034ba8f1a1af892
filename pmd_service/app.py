"""The web application: middlewares, the URL table and the resources, in order."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager
from functools import partial

from aiohttp import web

from .base.built import find_built
from .base.database import POOL, pool_context
from .base.public_ids import PublicIds
from .base.settings import SETTINGS, Settings
from .base.spans import collected
from .dashboard import client_errors
from .dashboard import routes as dashboard
from .dashboard.client_errors import CLIENT_REPORTS, ClientReports
from .dashboard.routes import BUILT_PAGE, not_found_middleware
from .downloads import routes as downloads
from .downloads.queries import TOPIC as DOWNLOADS
from .downloads.takeouts import routes as takeouts
from .downloads.takeouts.queries import TOPIC as TAKEOUTS
from .events import routes as events
from .events.hub import HUB, Hub
from .events.listener import LISTENER, Listener
from .http.connections import Connections, connection_limit, connections_middleware
from .http.limits import HANDLER_ARGS, error_log_context
from .http.middlewares import MAX_BODY_BYTES, problem_middleware, set_headers, telemetry_middleware
from .http.openapi import page as openapi
from .http.openapi.page import DOCUMENTATION, documented
from .http.turns import TURNS, Turns
from .http.unread import UNREAD, Unread, unread_middleware
from .identity import audit, search, session
from .identity.lookup import lookup_context
from .identity.session import identity_middleware
from .identity.tokens import TOKENS, Tokens, keys_context
from .identity.users import PUBLIC_IDS, in_good_standing
from .library import files
from .library import routes as library
from .library.counts import TOPIC as LIBRARY
from .library.publishing import MAX_CONCURRENT, PUBLISHING
from .ops import health
from .ops.console import routes as console
from .ops.health import READINESS, kept_readiness, probes_context
from .ops.shutdown import SHUTDOWN, Shutdown
from .packs import routes as packs
from .packs.queries import TOPIC as PACKS
from .posts import art, hides
from .posts import routes as posts
from .posts.routes import LICENSES, kept_licenses
from .sharing import routes as sharing
from .site.feeds import feeds_context
from .tasks import routes as tasks
from .tasks.queries import TOPIC as TASKS
from .uploads import routes as uploads
from .uploads.queries import TOPIC as UPLOADS
from .uploads.receiving import RECEIVING, Receiving
from .uploads.tus import routes as tus
from .uploads.tus.protocol import add_version
from .vault import vault_context
from .work.missing_workers import missing_workers_context
from .work.queue import queues_context

# What can be followed live, one topic a kind of thing.
TOPICS = (DOWNLOADS, TAKEOUTS, UPLOADS, LIBRARY, TASKS, PACKS)
# The URL table, and the order in which the documentation tells of it: each module's routes say what they are.
ROUTES: tuple[Iterable[web.RouteDef], ...] = (
    posts.ROUTES,
    art.ROUTES,
    hides.ROUTES,
    audit.ROUTES,
    events.ROUTES,
    library.ROUTES,
    files.ROUTES,
    packs.ROUTES,
    sharing.ROUTES,
    sharing.PAGES,
    downloads.ROUTES,
    takeouts.ROUTES,
    uploads.ROUTES,
    tus.ROUTES,
    tasks.ROUTES,
    session.ROUTES,
    search.ROUTES,
    dashboard.ROUTES,
    openapi.ROUTES,
    client_errors.ROUTES,
    console.ROUTES,
    health.ROUTES,
)


def create_app(settings: Settings) -> web.Application:
    connections = Connections(connection_limit(settings.max_connections))
    tokens, turns, unread = Tokens(settings), Turns(), Unread()
    app = web.Application(
        client_max_size=MAX_BODY_BYTES,
        handler_args=HANDLER_ARGS,
        middlewares=[
            unread_middleware(unread),
            telemetry_middleware,
            connections_middleware(connections),
            problem_middleware,
            identity_middleware(settings, tokens=tokens, turns=turns, connections=connections, unread=unread),
            not_found_middleware,
        ],
    )
    for routes in ROUTES:
        app.add_routes(routes)

    connections.watch(app)
    app[SETTINGS] = settings
    app[TOKENS], app[TURNS], app[UNREAD] = tokens, turns, unread
    app[PUBLISHING] = asyncio.Semaphore(MAX_CONCURRENT)
    app[LICENSES] = kept_licenses(app)
    app[READINESS], app[SHUTDOWN] = kept_readiness(app), Shutdown()
    app[PUBLIC_IDS] = PublicIds(settings.sqids_alphabet)
    app[RECEIVING], app[CLIENT_REPORTS] = Receiving(), ClientReports()
    if built_page := find_built("index.html"):
        app[BUILT_PAGE] = built_page
    app[DOCUMENTATION] = documented(app.router, site_name=settings.site_name)
    app.cleanup_ctx.append(error_log_context)
    app.cleanup_ctx.append(traces_context)
    for resource in (pool_context, probes_context, vault_context, queues_context, feeds_context, events_context):
        app.cleanup_ctx.append(partial(resource, settings=settings))
    app.cleanup_ctx.append(keys_context)
    app.cleanup_ctx.append(lookup_context)
    app.cleanup_ctx.append(missing_workers_context)
    app.on_response_prepare.append(set_headers)
    app.on_response_prepare.append(add_version)
    app.on_shutdown.append(close_streams)
    return app


def traces_context(_app: web.Application) -> AbstractAsyncContextManager[None]:
    # No generator around another's: where a start fails, the loop ends both in any order.
    return collected("pmd-server")


async def events_context(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    """The hub and the one LISTEN connection that feeds it."""
    hub = Hub(app[POOL], TOPICS, in_good_standing=in_good_standing)
    receivers = app[RECEIVING].receivers

    def notified(payload: str) -> None:
        hub.notified(payload)
        receivers.notified(payload)

    listener = Listener(settings.listen_dsn, on_change=notified, on_gap=hub.resync)
    app[HUB], app[LISTENER] = hub, listener
    hub.start()
    await listener.start()
    yield
    await receivers.waiting.end()
    await listener.stop()
    await hub.stop()


async def close_streams(app: web.Application) -> None:
    """End the event streams first: open ones would hold the shutdown back for its whole time limit."""
    app[HUB].close_streams()
