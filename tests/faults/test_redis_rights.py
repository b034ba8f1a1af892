"""The least rights in Valkey, as docs/operations/clusters.md lists them: enough for all, and no more."""

import asyncio
import shlex
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError

from pmd_service.base.settings import Settings, environment
from pmd_service.ops.doctor import diagnose
from pmd_service.work.queue import Queue

from .. import forked
from ..conftest import Serve
from ..ops.documented import commands
from ..site import Api, Site
from ..valkeys import Valkey, started
from .conftest import Crew, Ward

# What an administrator does here and Valkey itself, and what each connection may do without a right.
OF_OTHERS = {"acl|setuser", "acl|log", "config|resetstat", "config|get", "auth"}
# For a database other than 0, and for a job that is cancelled in the middle of a ticket.
RARE = {"select", "zincrby"}


def granted() -> list[str]:
    """The rules of the page's user."""
    (line,) = commands("clusters.md", "Valkey").replace("\\\n", " ").splitlines()
    program, *words = shlex.split(line)
    assert program == "valkey-cli"
    return words


@pytest.fixture
async def admin(tmp_path: Path) -> AsyncIterator[Redis]:
    """A Valkey with the page's user, as its administrator."""
    valkey = Valkey(tmp_path / "valkey")
    with started(valkey):
        await valkey.until_ready()
        async with Redis.from_url(valkey.url, decode_responses=True) as client:
            await client.execute_command(*granted())
            yield client


@pytest.fixture
def redis_url(admin: Redis) -> str:
    port = admin.connection_pool.connection_kwargs["port"]
    return f"redis://pmd:a-secret@127.0.0.1:{port}/0"


async def test_listed_rights_are_enough_and_all_are_used(
    site: Site, artist: int, serve: Serve, settings: Settings, crew: Crew, ward: Ward, admin: Redis
) -> None:
    await admin.config_resetstat()
    assert Queue.DOWNLOADS in await ward.queues.without_worker()
    worker = crew.hire("AllSettings")
    await worker.until_logged("worker_started")
    server = await serve(settings)
    moderator = await site.add_user("moderator", roles=["moderator", "owner"])
    async with Api(server.make_url("/"), settings) as api:
        posts = await site.add_posts(artist, 2)
        assert (await api.post("/api/pmd/bdr", {"post_ids": posts}, user=artist)).status == 202
        await ward.all_ended()
        for path in ("/readyz", "/metrics", "/api/pmd/ops"):
            assert (await api.call("GET", path, user=moderator)).status == 200, path
    await ward.queues.top_up(Queue.DOWNLOADS, 1)  # as the sweep does
    found = {finding.name: finding for finding in await diagnose(settings)}
    assert (found["redis"].is_well, found["worker"].is_well) == (True, True), found
    checked = await asyncio.to_thread(forked.ended, "arq", "--check", "worker.AllSettings", env=environment(settings))
    assert checked.returncode == 0, checked.stderr
    worker.process.terminate()
    assert await worker.ended() == 0

    assert await admin.acl_log() == []
    used = {name.removeprefix("cmdstat_") for name in await admin.info("commandstats")} - OF_OTHERS
    assert {rule[1:] for rule in granted() if rule.startswith("+")} == used | RARE


@pytest.mark.parametrize(
    "command",
    [
        "FLUSHALL",
        "KEYS *",
        "CONFIG GET dir",
        "GET other",
        "SET other x",
        "PUBLISH other x",
        "SUBSCRIBE other",
        "ACL LIST",
    ],
)
async def test_other_commands_keys_and_channels_are_refused(redis_url: str, command: str) -> None:
    async with Redis.from_url(redis_url) as client:
        with pytest.raises(NoPermissionError):
            await client.execute_command(*command.split())


async def test_doctor_names_a_right_that_is_missing(settings: Settings, admin: Redis) -> None:
    await admin.execute_command("ACL", "SETUSER", "pmd", "-set")  # type: ignore[no-untyped-call]
    (found,) = [finding for finding in await diagnose(settings) if finding.name == "redis"]
    assert "no permissions to run the 'set' command" in found.detail
