"""One request's id in every line of the log that is about it, from the server through the workers into the mail."""

from collections.abc import Iterator, MutableMapping
from contextlib import aclosing
from typing import Any

import msgspec
import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from pmd_service.base.settings import Settings
from pmd_service.demo.stack import Stack
from pmd_service.work.queue import Queue, Queues

from ..conftest import WorkOff
from ..packs.test_packs import PACKS
from ..site import Api, Site
from ..uploads.pictures import picture
from ..uploads.sender import Sender, announced

Lines = list[MutableMapping[str, Any]]


@pytest.fixture
def settings(settings: Settings, stack: Stack) -> Settings:
    return msgspec.structs.replace(settings, smtp_url=stack.mail.url, mail_from="pmd@makapix.club")


@pytest.fixture
def lines() -> Iterator[Lines]:
    with capture_logs(processors=[merge_contextvars]) as logs:
        yield logs


def of(lines: Lines, request_id: str) -> set[str]:
    """The events that are logged for a request."""
    return {line["event"] for line in lines if line.get("request_id") == request_id}


async def test_download_has_one_request_id_from_the_server_to_the_mail(
    site: Site, api: Api, work_off: WorkOff, lines: Lines, stack: Stack
) -> None:
    artist = await site.add_user(email="artist@example.org")
    post = await site.add_post(artist)
    body = {"post_ids": [post], "send_email": True}
    accepted = await api.post("/api/pmd/bdr", body, user=artist, headers={"X-Request-ID": "trace-me"})
    assert accepted.status == 202
    await work_off()
    assert of(lines, "trace-me") >= {"request", "bdr_requested", "bdr_claimed", "bdr_ready", "email_sent"}
    assert [mail["X-Request-ID"] for mail in stack.mail.messages()][-1] == "trace-me"


async def test_packs_tasks_and_uploads_log_their_request_id(
    site: Site, api: Api, work_off: WorkOff, lines: Lines
) -> None:
    artist = await site.add_user()
    asset = await site.add_asset(artist, approved=True)
    body = {"name": "All", "license_type": "royalty_free", "assets": [{"asset_id": asset}]}
    pack = (await api.post(PACKS, body, user=artist)).json["id"]
    await api.post(f"{PACKS}/{pack}/export", {}, user=artist, headers={"X-Request-ID": "a-pack"})
    task = {"asset_ids": [asset], "kind": "metadata_extract", "params": {}}
    begun = await api.post("/api/pmd/jobs", task, user=artist, headers={"X-Request-ID": "a-task"})
    assert begun.status in (200, 201, 202), begun
    sender, data = Sender(api, artist), picture()
    (line,) = (await sender.announce(announced("a.png", data))).json["files"]
    sent = await sender.patch(line["url"], data, headers={"X-Request-ID": "an-upload"})
    assert sent.status == 204, sent
    await work_off()
    assert {"request", "probe_claimed"} <= of(lines, "an-upload")
    assert {"request", "export_claimed"} <= of(lines, "a-pack")
    assert {"request", "task_claimed"} <= of(lines, "a-task")


async def test_request_log_line_has_route_user_status_and_time(site: Site, api: Api, lines: Lines) -> None:
    artist = await site.add_user()
    await api.get("/api/pmd/posts", user=artist)
    await api.call("GET", "/api/pmd/posts")
    known, stranger = [line for line in lines if line["event"] == "request"]
    assert (known["route"], known["user"], known["status"]) == ("/api/pmd/posts", site.sqid(artist), 200)
    assert known["seconds"] >= 0
    assert (stranger["status"], "user" in stranger) == (401, False)


async def test_takeout_mail_has_its_request_id(
    site: Site, api: Api, settings: Settings, work_off: WorkOff, lines: Lines, stack: Stack
) -> None:
    artist = await site.add_user(email="artist@example.org")
    await site.add_post(artist)
    accepted = await api.post(
        "/api/pmd/takeout", {"send_email": True}, user=artist, headers={"X-Request-ID": "everything"}
    )
    assert accepted.status == 202, accepted
    await work_off()
    async with aclosing(Queues.connect(settings.redis_url)) as queues:
        await queues.put(Queue.MAILS)  # as the sweep does
    await work_off()
    assert [mail["X-Request-ID"] for mail in stack.mail.messages()][-1] == "everything"
    assert "email_sent" in of(lines, "everything")
