"""The web application: middlewares, the URL table and the resources, in order."""

import asyncio
from collections.abc import AsyncIterator, Sequence
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
from .dashboard.client_errors import limit_client_errors
from .dashboard.routes import BUILT_PAGE, not_found_middleware
from .desk import routes as desk
from .desk.live import COUNTS as DRAFTS
from .desk.live import draft_topic
from .desk.queries import Reader
from .downloads import routes as downloads
from .downloads.queries import TOPIC as DOWNLOADS
from .downloads.takeouts import routes as takeouts
from .downloads.takeouts.queries import TOPIC as TAKEOUTS
from .erasure import routes as erasure
from .events import routes as events
from .events.hub import HUB, Hub
from .events.listener import LISTENER, Listener
from .events.topic import Topic
from .http.cors import allow_origin, cors_middleware
from .http.expect import knowing_expect
from .http.in_flight import REQUESTS, InFlight, request_limit, sending_middleware
from .http.limits import HANDLER_ARGS, error_log_context
from .http.middlewares import MAX_BODY_BYTES, problem_middleware, set_headers, telemetry_middleware
from .http.openapi import page as openapi
from .http.openapi.page import DOCUMENTATION, documented
from .http.turns import TURNS, Turns
from .http.unread import UNREAD, Unread
from .identity import account, audit, device_routes, key_routes, language, search
from .identity.ended import ended_by, find_ended_credentials
from .identity.lookup import lookup_context
from .identity.session import identity_middleware
from .identity.tokens import TOKENS, Tokens, keys_context
from .identity.users import PUBLIC_IDS, in_good_standing
from .identity.uses import uses_context
from .imports import routes as imports
from .imports.rows import TOPIC as IMPORTS
from .insights import routes as insights
from .library import files, ordering_routes, replacing
from .library import routes as library
from .library.counts import TOPIC as LIBRARY
from .library.publishing import MAX_CONCURRENT, PUBLISHING
from .media.one_child import OneChild
from .ops import health
from .ops.console import routes as console
from .ops.health import READINESS, kept_readiness, probes_context
from .ops.shutdown import SHUTDOWN, Shutdown
from .packs import routes as packs
from .packs.queries import TOPIC as PACKS
from .posts import art, hides, reports, saved_views, versions
from .posts import routes as posts
from .posts.bulk import routes as bulk
from .posts.bulk.rows import TOPIC as BULK_CHANGES
from .posts.live import COUNTS as POSTS
from .posts.live import post_topic
from .posts.routes import LICENSES, kept_licenses
from .sharing import public, reservations, series_page, watermark_routes
from .sharing import routes as sharing
from .sharing.drawing import DRAWING
from .sharing.reservations import RESERVATIONS, kept_reservations
from .site.feeds import feeds_context
from .tasks import routes as tasks
from .tasks.preview import PREVIEWING
from .tasks.queries import TOPIC as TASKS
from .uploads import routes as uploads
from .uploads.bodies import BODY_SLOTS, BodySlots
from .uploads.lease import UPLOAD_LEASES, UploadLeases
from .uploads.queries import TOPIC as UPLOADS
from .uploads.tus import routes as tus
from .uploads.tus.protocol import add_version
from .vault import vault_context
from .webhooks import routes as webhooks
from .webhooks.messages import MESSAGES
from .webhooks.queries import TOPIC as WEBHOOKS
from .work.missing_workers import missing_workers_context
from .work.queue import queues_context

# What can be followed live, one topic a kind of thing.
TOPICS = (DOWNLOADS, TAKEOUTS, UPLOADS, LIBRARY, TASKS, PACKS, BULK_CHANGES, POSTS, DRAFTS, WEBHOOKS, IMPORTS)
# The URL table, and the order of the documentation: each module's routes describe themselves.
ROUTES = knowing_expect(
    posts.ROUTES,
    art.ROUTES,
    versions.ROUTES,
    replacing.ROUTES,
    bulk.ROUTES,
    hides.ROUTES,
    saved_views.ROUTES,
    reports.OWN,
    reports.ROUTES,
    desk.ROUTES,
    desk.OWN,
    insights.ROUTES,
    audit.ROUTES,
    events.ROUTES,
    library.ROUTES,
    files.ROUTES,
    ordering_routes.ROUTES,
    ordering_routes.OWN,
    packs.ROUTES,
    sharing.ROUTES,
    public.PAGES,
    reservations.PAGES,
    watermark_routes.ROUTES,
    series_page.PAGES,
    downloads.ROUTES,
    takeouts.ROUTES,
    uploads.ROUTES,
    tus.ROUTES,
    imports.ROUTES,
    tasks.ROUTES,
    webhooks.ROUTES,
    account.ROUTES,
    erasure.ROUTES,
    account.SESSIONS,
    key_routes.ROUTES,
    language.ROUTES,
    device_routes.ROUTES,
    search.ROUTES,
    dashboard.ROUTES,
    openapi.ROUTES,
    client_errors.ROUTES,
    console.ROUTES,
    health.ROUTES,
)


def create_app(settings: Settings) -> web.Application:
    in_flight, unread = InFlight(request_limit(settings.max_connections)), Unread()
    tokens, turns = Tokens(settings), Turns()
    app = web.Application(
        client_max_size=MAX_BODY_BYTES,
        handler_args=HANDLER_ARGS,
        middlewares=[
            sending_middleware(in_flight, unread),
            telemetry_middleware,
            problem_middleware,
            *([cors_middleware(settings.other_origins)] if settings.other_origins else []),
            identity_middleware(settings, tokens=tokens, turns=turns, in_flight=in_flight, unread=unread),
            not_found_middleware,
        ],
    )
    for routes in ROUTES:
        app.add_routes(routes)

    app[SETTINGS] = settings
    app[TOKENS], app[TURNS], app[UNREAD], app[REQUESTS] = tokens, turns, unread, in_flight
    app[PUBLISHING], app[DRAWING], app[PREVIEWING] = asyncio.Semaphore(MAX_CONCURRENT), OneChild(), OneChild()
    app[LICENSES], app[RESERVATIONS] = kept_licenses(app), kept_reservations(app)
    app[READINESS], app[SHUTDOWN] = kept_readiness(app), Shutdown()
    app[PUBLIC_IDS] = PublicIds(settings.sqids_alphabet)
    app[BODY_SLOTS], app[UPLOAD_LEASES] = BodySlots(), UploadLeases()
    limit_client_errors(app)
    device_routes.limit_devices(app)
    if built_page := find_built("index.html"):
        app[BUILT_PAGE] = built_page
    app[DOCUMENTATION] = documented(
        app.router,
        MESSAGES,
        {topic.kind: (topic.id_type, topic.state) for topic in topics_of(app)},
        site_name=settings.site_name,
    )
    app.cleanup_ctx.append(error_log_context)
    app.cleanup_ctx.append(traces_context)
    for resource in (pool_context, probes_context, vault_context, queues_context, feeds_context, events_context):
        app.cleanup_ctx.append(partial(resource, settings=settings))
    app.cleanup_ctx.append(keys_context)
    app.cleanup_ctx.append(lookup_context)
    app.cleanup_ctx.append(uses_context)
    app.cleanup_ctx.append(missing_workers_context)
    app.on_response_prepare.append(set_headers)
    app.on_response_prepare.append(allow_origin)
    app.on_response_prepare.append(add_version)
    app.on_shutdown.append(close_streams)
    return app


def topics_of(app: web.Application) -> Sequence[Topic]:
    return (*TOPICS, post_topic(app[PUBLIC_IDS]), draft_topic(Reader.of(app)))


def traces_context(_app: web.Application) -> AbstractAsyncContextManager[None]:
    # No generator around another's: where a start fails, the loop ends both in any order.
    return collected("pmd-server")


async def events_context(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    """The hub and the one LISTEN connection that feeds it."""
    hub = Hub(app[POOL], topics_of(app), in_good_standing=in_good_standing, ended=find_ended_credentials)

    def notified(payload: str) -> None:
        hub.notified(payload)
        app[UPLOAD_LEASES].notified(payload)
        if (credential := ended_by(payload)) is not None:
            app[REQUESTS].cut(credential)

    listener = Listener(settings.listen_dsn, on_change=notified, on_gap=hub.resync)
    app[HUB], app[LISTENER] = hub, listener
    hub.start()
    await listener.start()
    yield
    await listener.stop()
    await hub.stop()


async def close_streams(app: web.Application) -> None:
    """End the event streams first: open ones would delay the shutdown for its whole time limit."""
    app[HUB].close_streams()
