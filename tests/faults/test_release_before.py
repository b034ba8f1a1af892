"""The release before works on this schema: migrations come first, and servers and workers one after the other."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, aclosing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pmd_sdk import AsyncClient
from pmd_sdk.models import AnnouncedFile, Defaults
from yarl import URL

from pmd_service.base.settings import Settings, environment
from pmd_service.demo.stack import free_port
from pmd_service.jobs import KINDS
from pmd_service.work.queue import Queues

from .. import release_before
from ..conftest import WorkOff
from ..hang import HANG_SECONDS
from ..site import Api, Site
from ..uploads.pictures import picture
from ..uploads.sender import Sender, announced
from .test_ending import until_served

Start = Callable[..., None]


@pytest.fixture(scope="session")
def python_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has the release before."""
    python = release_before.install(tmp_path_factory.mktemp("release-before"))
    if python is None:
        pytest.skip(f"the release before ({release_before.RELEASE_BEFORE[:7]}) is not in this clone")
    return python


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """It took fewer files, and refuses announcements of more than it can count."""
    return msgspec.structs.replace(settings, upload_max_files=512)


@pytest.fixture
def settings_before(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, port=free_port())


@pytest.fixture
def start(settings_before: Settings, python_before: Path) -> Iterator[Start]:
    """Starts a process of the release before."""
    environ = environment(settings_before)
    environ.pop("PYTHONPATH", None)
    with ExitStack() as started:

        def run(*command: str) -> None:
            process = started.enter_context(
                subprocess.Popen([python_before, *command], cwd=python_before.parents[2], env=environ)
            )
            started.callback(process.kill)

        yield run


@pytest.fixture
async def api_before(start: Start, settings_before: Settings) -> AsyncIterator[Api]:
    """A client of the release before's server."""
    start("server.py")
    async with Api(URL(f"http://127.0.0.1:{settings_before.port}/"), settings_before) as api:
        await until_served(api)
        yield api


@pytest.fixture
def worked_off(settings: Settings, work_off: WorkOff) -> WorkOff:
    """What this release's workers do: their sweep finds what the previous release has enqueued in its own format."""

    async def run() -> None:
        async with aclosing(Queues.connect(settings.redis_url)) as queues:
            for kind in KINDS:
                await queues.put(kind.queue)
        await work_off()

    return run


async def until_ready(api: Api, location: str, artist: int) -> Any:
    async with asyncio.timeout(HANG_SECONDS):
        while True:
            item = (await api.get(location, user=artist)).json
            if item["status"] not in ("pending", "processing"):
                return item
            await asyncio.sleep(0.1)


async def test_previous_release_server_works_on_this_schema(site: Site, api_before: Api, worked_off: WorkOff) -> None:
    api, artist = api_before, await site.add_user()
    post = await site.add_post(artist)
    page = (await api.get("/api/pmd/posts", user=artist)).json
    assert ([item["id"] for item in page["items"]], page["total_count"]) == ([post], 1)
    assert (await api.get("/api/pmd/posts?state=deleted", user=artist)).json["items"] == []

    sender, data = Sender(api, artist), picture(1, side=64)
    upload = (await sender.announce(announced("hero/idle.png", data))).json
    assert (await sender.patch(upload["files"][0]["url"], data)).status == 204
    await worked_off()
    assert (await sender.upload(upload["id"]))["status"] == "completed"
    (asset,) = (await api.get("/api/pmd/assets?q=idle", user=artist)).json["items"]
    for verb, body in (
        ("action", {"action": "approve", "asset_ids": [asset["id"]]}),
        ("edit", {"asset_ids": [asset["id"]], "set": {"theme": "heroes"}}),
    ):
        answer = await api.post(f"/api/pmd/assets/{verb}", body, user=artist)
        assert answer.status == 200, answer.body
    page = (await api.get("/api/pmd/assets?theme=heroes&state=approved", user=artist)).json
    assert [item["state"] for item in page["items"]] == ["approved"]
    record = (await api.get(f"/api/pmd/assets/{asset['id']}", user=artist)).json
    assert (record["asset"]["id"], record["near_duplicates"]) == (asset["id"], [])

    published = await api.post("/api/pmd/assets/publish", {"asset_ids": [asset["id"]]}, user=artist)
    assert published.status == 200, published.body
    (item,) = published.json["items"]
    assert item["outcome"] == "published", item
    hidden = await api.post("/api/pmd/action", {"action": "hide", "post_ids": [item["post_id"]]}, user=artist)
    assert hidden.status == 200, hidden.body
    items = (await api.get("/api/pmd/posts", user=artist)).json["items"]
    assert {each["id"]: each["hidden_by_user"] for each in items} == {post: False, item["post_id"]: True}

    accepted = await api.post("/api/pmd/bdr", {"post_ids": [post]}, user=artist)
    assert accepted.status in (201, 202), accepted.body
    await worked_off()
    item = await until_ready(api, accepted.headers["Location"], artist)
    assert item["status"] == "ready"
    purge = {"action": "trash", "asset_ids": [asset["id"]]}
    assert (await api.post("/api/pmd/assets/action", purge, user=artist)).status == 200
    assert len((await api.get("/api/pmd/assets?state=trash", user=artist)).json["items"]) == 1


async def test_previous_release_worker_works_on_this_schema(site: Site, api_before: Api, start: Start) -> None:
    artist = await site.add_user()
    post = await site.add_post(artist)
    start("-m", "arq", "worker.WorkerSettings")
    accepted = await api_before.post("/api/pmd/bdr", {"post_ids": [post]}, user=artist)
    assert (await until_ready(api_before, accepted.headers["Location"], artist))["status"] == "ready"


async def test_previous_release_server_accepts_this_releases_client(
    site: Site, api_before: Api, settings_before: Settings
) -> None:
    artist = await site.add_user()
    url, token = f"http://127.0.0.1:{settings_before.port}", api_before.token(artist)
    async with AsyncClient(url, token, retry_seconds=0) as client:
        file = AnnouncedFile(path="hero/idle.png", size_bytes=3)
        upload = await client.post_upload(files=[file], defaults=Defaults(source="own work"))
    assert (upload.total_files, len(upload.files)) == (1, 1)
