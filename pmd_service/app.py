"""The web application: middlewares, the URL table and the resources, in order."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

from aiohttp import web

from .dashboard import routes as dashboard
from .dashboard.routes import BUILT_PAGE
from .dashboard.site_files import find_built_page
from .database import POOL, pool_context
from .downloads import routes as bdr
from .downloads.takeouts import routes as takeouts
from .downloads.takeouts.topic import TOPIC as TAKEOUTS
from .downloads.topic import TOPIC as DOWNLOADS
from .events.hub import HUB, Hub
from .events.listener import LISTENER, Listener
from .events.routes import get_sse
from .http.compression import compression_middleware
from .http.connections import OPEN, Connections, affordable, connections_middleware
from .http.health import get_healthz, get_metrics, get_readyz
from .http.limits import HANDLER_ARGS, quiet_context
from .http.middlewares import (
    MAX_BODY_BYTES,
    plain_body_middleware,
    problem_middleware,
    set_security_headers,
    shield_middleware,
    telemetry_middleware,
)
from .http.openapi import DOCUMENTATION, Documentation, build_document, get_docs, get_openapi
from .http.turns import TURNS, Turns
from .identity.audit import get_audit
from .identity.lookup import lookup_context
from .identity.search import get_users
from .identity.session import delete_session, get_me, identity_middleware, is_guarded, post_session
from .identity.tokens import TOKENS, Tokens
from .identity.users import PUBLIC_IDS, in_good_standing
from .library import files as library_files
from .library import routes as library
from .library.publishing import AT_ONCE, PUBLISHING
from .library.topic import TOPIC as LIBRARY
from .operations import OPERATIONS
from .ops.settings import SETTINGS, Settings
from .packs import routes as packs
from .packs.topic import TOPIC as PACKS
from .posts import art
from .posts import routes as posts
from .site.public_ids import PublicIds
from .tasks import routes as tasks
from .tasks.topic import TOPIC as TASKS
from .uploads import routes as uploads
from .uploads import tus
from .uploads.receiving import RECEIVING, Receiving
from .uploads.topic import TOPIC as UPLOADS
from .vault import vault_context
from .work.queue import queues_context

# What can be followed live, one topic a kind of thing.
TOPICS = (DOWNLOADS, TAKEOUTS, UPLOADS, LIBRARY, TASKS, PACKS)
# Keeps ids apart from the words that stand at the same place.
UUID = "[0-9a-fA-F-]{36}"


def create_app(settings: Settings) -> web.Application:
    connections = Connections(affordable(settings.max_connections))
    app = web.Application(
        client_max_size=MAX_BODY_BYTES,
        handler_args=HANDLER_ARGS,
        middlewares=[
            telemetry_middleware,
            connections_middleware(connections),
            compression_middleware,
            problem_middleware,
            plain_body_middleware,
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
            web.post("/api/pmd/edit", posts.post_edit),
            web.get("/api/license", posts.get_licenses),
            web.get("/api/pmd/audit", get_audit),
            web.get("/api/pmd/sse", get_sse, allow_head=False),
            web.get("/api/pmd/assets", library.get_assets),
            web.post("/api/pmd/assets/action", library.post_asset_action),
            web.post("/api/pmd/assets/edit", library.post_asset_edit),
            web.post("/api/pmd/assets/publish", library.post_asset_publish),
            web.get("/api/pmd/assets/{asset_id:[0-9]+}", library.get_asset),
            web.get("/api/pmd/assets/{asset_id:[0-9]+}/file", library_files.get_asset_file),
            web.get("/api/pmd/assets/{asset_id:[0-9]+}/preview", library_files.get_asset_preview),
            web.get("/api/pmd/packs", packs.get_packs),
            web.post("/api/pmd/packs", packs.post_pack),
            web.get("/api/pmd/packs/{pack_id}", packs.get_pack),
            web.patch("/api/pmd/packs/{pack_id}", packs.patch_pack),
            web.delete("/api/pmd/packs/{pack_id}", packs.delete_pack),
            web.put("/api/pmd/packs/{pack_id}/assets", packs.put_pack_assets),
            web.post("/api/pmd/packs/{pack_id}/check", packs.post_pack_check),
            web.post("/api/pmd/packs/{pack_id}/export", packs.post_pack_export),
            web.get("/api/pmd/packs/{pack_id}/download", packs.get_pack_download),
            web.post("/api/pmd/bdr", bdr.post_bdr),
            web.get("/api/pmd/bdr", bdr.get_bdrs),
            web.get("/api/pmd/bdr/sse", bdr.get_bdr_sse, allow_head=False),
            web.get("/api/pmd/bdr/{bdr_id}", bdr.get_bdr),
            web.get("/api/pmd/bdr/{bdr_id}/download", bdr.get_bdr_download),
            web.delete("/api/pmd/bdr/{bdr_id}", bdr.delete_bdr),
            web.post("/api/pmd/bdr/{bdr_id}/retry", bdr.post_bdr_retry),
            web.post("/api/pmd/bdr/{bdr_id}/cancel", bdr.post_bdr_cancel),
            web.get("/api/pmd/bdr/{bdr_id}/missing", bdr.get_bdr_missing),
            web.get("/api/pmd/bdr/{bdr_id}/posts", bdr.get_bdr_posts),
            web.get("/api/pmd/bdr/{bdr_id}/assets", bdr.get_bdr_assets),
            web.post("/api/pmd/takeout", takeouts.post_takeout),
            web.get("/api/pmd/takeout", takeouts.get_takeouts),
            web.get("/api/pmd/takeout/{takeout_id}", takeouts.get_takeout),
            web.post("/api/pmd/takeout/{takeout_id}/cancel", takeouts.post_takeout_cancel),
            web.post("/api/pmd/uploads/check", uploads.post_upload_check),
            web.post("/api/pmd/uploads", uploads.post_upload),
            web.get("/api/pmd/uploads", uploads.get_uploads),
            web.post("/api/pmd/uploads/form", uploads.post_upload_form),
            web.options("/api/pmd/uploads/tus", tus.options_tus),
            web.post("/api/pmd/uploads/tus", tus.post_tus),
            web.get(rf"/api/pmd/uploads/{{upload_id:{UUID}}}", uploads.get_upload),
            web.get(rf"/api/pmd/uploads/{{upload_id:{UUID}}}/files", uploads.get_upload_files),
            web.get(rf"/api/pmd/uploads/{{upload_id:{UUID}}}/files.csv", uploads.get_upload_csv),
            web.options(rf"/api/pmd/uploads/{{upload_id:{UUID}}}/files/{{file_id}}", tus.options_upload_file),
            web.head(rf"/api/pmd/uploads/{{upload_id:{UUID}}}/files/{{file_id}}", tus.head_upload_file),
            web.patch(rf"/api/pmd/uploads/{{upload_id:{UUID}}}/files/{{file_id}}", tus.patch_upload_file),
            web.delete(rf"/api/pmd/uploads/{{upload_id:{UUID}}}/files/{{file_id}}", tus.delete_upload_file),
            web.post(rf"/api/pmd/uploads/{{upload_id:{UUID}}}/stop", uploads.post_upload_stop),
            web.post(rf"/api/pmd/uploads/{{upload_id:{UUID}}}/retry", uploads.post_upload_retry),
            web.post(rf"/api/pmd/uploads/{{upload_id:{UUID}}}/undo", uploads.post_upload_undo),
            web.get("/api/pmd/reports/{report_id}", uploads.get_report),
            web.post("/api/pmd/jobs", tasks.post_jobs),
            web.get("/api/pmd/jobs", tasks.get_jobs),
            web.get("/api/pmd/jobs/kinds", tasks.get_job_kinds),
            web.post("/api/pmd/jobs/cancel", tasks.post_jobs_cancel),
            web.get("/api/pmd/jobs/{job_id:[0-9]+}", tasks.get_job),
            web.post("/api/pmd/jobs/{job_id:[0-9]+}/cancel", tasks.post_job_cancel),
            web.post("/api/pmd/jobs/{job_id:[0-9]+}/retry", tasks.post_job_retry),
            web.get("/api/auth/me", get_me),
            web.post("/api/pmd/session", post_session),
            web.delete("/api/pmd/session", delete_session),
            web.get("/api/pmd/users", get_users),
            web.get("/", dashboard.get_home),
            *(web.get(f"/u/{{sqid}}/{page}", dashboard.get_dashboard) for page in dashboard.PAGES),
            web.get(r"/pmd/assets/{name:[\w.-]+}", dashboard.get_asset),
            web.get("/api/openapi.json", get_openapi),
            web.get("/api/docs", get_docs),
            web.get("/healthz", get_healthz),
            web.get("/readyz", get_readyz),
            web.get("/metrics", get_metrics),
        ]
    )

    connections.bound(app)
    app[OPEN] = connections
    app[SETTINGS] = settings
    app[TOKENS] = Tokens(settings)
    app[TURNS] = Turns()
    app[PUBLISHING] = asyncio.Semaphore(AT_ONCE)
    app[PUBLIC_IDS] = PublicIds(settings.sqids_alphabet)
    app[RECEIVING] = Receiving()
    if built_page := find_built_page():
        app[BUILT_PAGE] = built_page
    app[DOCUMENTATION] = Documentation(
        build_document(app.router, OPERATIONS, site_name=settings.site_name, is_guarded=is_guarded)
    )
    app.cleanup_ctx.append(quiet_context)
    for resource in (pool_context, vault_context, queues_context, events_context):
        app.cleanup_ctx.append(partial(resource, settings=settings))
    app.cleanup_ctx.append(lookup_context)
    app.on_response_prepare.append(set_security_headers)
    app.on_shutdown.append(close_streams)
    return app


async def events_context(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    """The hub and the one LISTEN connection that feeds it."""
    hub = Hub(app[POOL], TOPICS, in_good_standing=in_good_standing)
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
