"""Valkey and Postgres come and go under running workers (SPEC section 10)."""

import asyncio
import signal

from pmd_service.base.settings import Settings
from pmd_service.demo.mail_catcher import SENDER, MailCatcher
from pmd_service.demo.stack import Stack, free_port

from ..conftest import Serve
from ..restarts import restart_postgres, restart_valkey
from ..site import Api, Site
from .conftest import Crew, Ward
from .test_workers import request_download, row_of


async def test_worker_survives_a_valkey_flush(site: Site, api: Api, crew: Crew, ward: Ward, stack: Stack) -> None:
    worker = crew.hire()
    await worker.until_logged("worker_started")
    first = await request_download(site, api)
    await ward.all_ended()
    await asyncio.to_thread(restart_valkey, stack)
    second = await request_download(site, api)
    await ward.sweep()
    await ward.all_ended()
    assert worker.process.is_alive(), "it was not restarted by hand"
    for bdr_id in (first, second):
        assert (await row_of(site, bdr_id))["status"] == "ready"
    await ward.check_invariants()


async def test_worker_survives_a_postgres_restart_during_a_build(
    site: Site, api: Api, crew: Crew, ward: Ward, stack: Stack
) -> None:
    bdr_id = await request_download(site, api)
    worker = crew.doom("artwork written", "freeze")
    await worker.frozen()
    await asyncio.to_thread(restart_postgres, stack)
    worker.send(signal.SIGCONT)
    # Either the heartbeat finds the database again, or the attempt fails as a fault and is tried again.
    await ward.sweep_until_ended()
    assert worker.process.is_alive()
    assert (await row_of(site, bdr_id))["status"] == "ready"
    await ward.check_invariants()


async def test_requests_accepted_without_valkey_are_built_later(
    site: Site, serve: Serve, settings: Settings, crew: Crew, ward: Ward, stack: Stack
) -> None:
    worker = crew.hire()
    await worker.until_logged("worker_started")
    server = await serve(settings)
    assert stack.valkey is not None
    port = stack.valkey.port
    stack.stop_valkey()
    try:
        async with Api(server.make_url("/"), settings) as api:
            bdr_id = await request_download(site, api)
    finally:
        stack.start_valkey(port)
    await ward.sweep()
    await ward.all_ended()
    assert (await row_of(site, bdr_id))["status"] == "ready"


async def test_mail_server_outage_delays_the_mail_only(
    site: Site, api: Api, crew: Crew, ward: Ward, settings: Settings
) -> None:
    catcher = MailCatcher(settings.vault_path.parent / "mail", free_port())
    artist = await site.add_user(email="artist@example.org")
    body = {"post_ids": [await site.add_post(artist)], "send_email": True}
    bdr_id = (await api.post("/api/pmd/bdr", body, user=artist)).json["id"]
    worker = crew.hire(smtp_url=catcher.url, mail_from=SENDER)
    await worker.until_logged("email_retry")
    assert await site.pool.fetchval("SELECT status FROM batch_download_requests") == "ready"
    catcher.start()
    await site.pool.execute("UPDATE work SET due_at = now()")
    await ward.sweep()
    await worker.until_logged("email_sent")
    catcher.stop()
    (message,) = catcher.messages()
    assert message["To"] == "artist@example.org"
    assert str(bdr_id) in str(message.get_body(("plain",)))
