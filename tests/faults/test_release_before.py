"""The release before works on this schema: migrations come first, and servers and workers one after the other."""

import asyncio
import os
import subprocess
import sysconfig
from collections.abc import AsyncIterator, Iterator
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
from ..base.test_migrations_beside_writers import HARMLESS, add
from ..conftest import WorkOff
from ..hang import HANG_SECONDS
from ..site import Api, Site
from ..uploads.pictures import picture
from ..uploads.sender import Sender, announced
from .test_ending import until_served

WORKER = ("-m", "arq", "worker.WorkerSettings")
# A column of what every claim reads is more than most releases change.
FOLLOWING = HARMLESS | {"0103_work.sql": "ALTER TABLE work ADD COLUMN shelf text;"}


class Installation:
    """A release in a folder, which shares the test's database, and its processes."""

    def __init__(self, python: Path, folder: Path, settings: Settings) -> None:
        self._command, self._folder, self.settings = python, folder, settings
        # dbmate is a command beside this Python.
        paths = os.pathsep.join((sysconfig.get_path("scripts"), os.environ["PATH"]))
        self._environ = environment(settings) | {"PYTHONPATH": str(folder), "PATH": paths}
        self._running = ExitStack()

    def start(self, *command: str) -> Path:
        """Start a process; returns the path of its output."""
        log = self._folder / f"{'-'.join(command).replace('/', '-')}.log"
        with log.open("wb") as output:
            process = self._running.enter_context(
                subprocess.Popen(
                    [self._command, *command], cwd=self._folder, env=self._environ, stdout=output, stderr=output
                )
            )
        self._running.callback(process.kill)
        return log

    def stop(self) -> None:
        """Kill its processes."""
        self._running.close()

    def migrate(self) -> None:
        """``pmd-admin migrate``."""
        command = [str(self._command), "-m", "pmd_service", "migrate"]
        done = subprocess.run(command, cwd=self._folder, env=self._environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def python_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has the release before."""
    python = release_before.install(tmp_path_factory.mktemp("release-before"))
    if python is None:
        pytest.skip(f"the release before ({release_before.release_before()}) is not in this clone")
    return python


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """It took fewer files, and refuses announcements of more than it can count."""
    return msgspec.structs.replace(settings, upload_max_files=512)


@pytest.fixture
def before(settings: Settings, python_before: Path) -> Iterator[Installation]:
    """The release before."""
    installation = Installation(
        python_before, python_before.parents[2], msgspec.structs.replace(settings, port=free_port())
    )
    yield installation
    installation.stop()


@pytest.fixture
async def api_before(before: Installation) -> AsyncIterator[Api]:
    """A client of the release before's server."""
    before.start("server.py")
    async with api_of(before) as api:
        await until_served(api)
        yield api


def api_of(installation: Installation) -> Api:
    return Api(URL(f"http://127.0.0.1:{installation.settings.port}/"), installation.settings)


@pytest.fixture
def follower(settings: Settings, python_before: Path, tmp_path: Path) -> Iterator[Installation]:
    """What comes after this release: it has more migrations."""
    folder = release_before.copy_of_this(tmp_path / "follower")
    for name, statement in FOLLOWING.items():
        add(folder / "migrations", name, statement)
    installation = Installation(python_before, folder, msgspec.structs.replace(settings, port=free_port()))
    yield installation
    installation.stop()


@pytest.fixture
def worked_off(settings: Settings, work_off: WorkOff) -> WorkOff:
    """What this release's workers do: their sweep finds what the previous release has enqueued in its own format."""

    async def run() -> None:
        async with aclosing(Queues.connect(settings.redis_url)) as queues:
            for kind in KINDS:
                await queues.put(kind.queue)
        await work_off()

    return run


async def downloaded(api: Api, artist: int, post: int) -> Any:
    """Orders a download, and waits for its end."""
    accepted = await api.post("/api/pmd/bdr", {"post_ids": [post]}, user=artist)
    assert accepted.status in (201, 202), accepted.body
    return await until_ready(api, accepted.headers["Location"], artist)


async def until_logged(log: Path, text: str) -> None:
    async with asyncio.timeout(HANG_SECONDS):
        while text not in log.read_text():
            await asyncio.sleep(0.1)


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


async def test_previous_release_worker_works_on_this_schema(site: Site, before: Installation, api_before: Api) -> None:
    artist = await site.add_user()
    post = await site.add_post(artist)
    before.start(*WORKER)
    assert (await downloaded(api_before, artist, post))["status"] == "ready"


async def test_next_release_migrates_beside_this_one_and_goes_back(
    site: Site, before: Installation, api_before: Api, follower: Installation
) -> None:
    """The steps of docs/operations/upgrade.md, with the first migrations that come after the baseline."""
    artist = await site.add_user()
    post = await site.add_post(artist)
    worker_log = before.start(*WORKER)
    first = await downloaded(api_before, artist, post)

    await asyncio.to_thread(follower.migrate)
    assert await site.pool.fetchval("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_asset_shelf'::regclass")
    await until_logged(worker_log, "schema_is_newer")

    follower.start("server.py")
    follower.start(*WORKER)
    async with api_of(follower) as api_after:
        await until_served(api_after)
        second = await downloaded(api_before, artist, post)
        third = await downloaded(api_after, artist, post)
        for api in (api_before, api_after):
            listed = (await api.get("/api/pmd/bdr", user=artist)).json["items"]
            assert {each["id"]: each["status"] for each in listed} == {
                each["id"]: "ready" for each in (first, second, third)
            }

    follower.stop()
    before.stop()
    before.start("server.py")
    before.start(*WORKER)
    await until_served(api_before)
    assert (await downloaded(api_before, artist, post))["status"] == "ready"


async def test_previous_release_server_accepts_this_releases_client(site: Site, api_before: Api) -> None:
    artist = await site.add_user()
    url, token = str(api_before.root.origin()), api_before.token(artist)
    async with AsyncClient(url, token, retry_seconds=0) as client:
        file = AnnouncedFile(path="hero/idle.png", size_bytes=3)
        upload = await client.post_upload(files=[file], defaults=Defaults(source="own work"))
    assert (upload.total_files, len(upload.files)) == (1, 1)
