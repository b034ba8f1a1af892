"""The service as docs/operations/README.md has it installed, by that page's own commands: ``.ci/run`` runs this once.

The wheel goes into an environment of its own, the units' commands run from there with the page's env file, and a client
walks the whole circle: upload, review, task, publish, download, takeout, pack. What only an init system or a package
manager can do (a system user, systemd) is left out, by name.
"""

import asyncio
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from pmd_sdk import AsyncClient

from gallery.fresh import make_fresh_folder
from pmd_service.base.settings import Settings
from pmd_service.demo.circle import Circle
from pmd_service.demo.stack import Stack, free_port
from pmd_service.demo.terminal import Terminal

from ..hang import HANG_SECONDS
from .documented import OPERATIONS, commands, run_documented

ROOT = OPERATIONS.parents[1]
# Not here: there is no init system, and the page is not to make users on the machine that runs this.
ELSEWHERE = ("useradd", "systemctl", "editor", "install -m 644")
UNITS = (("pmd-server.service", ""), ("pmd-worker@.service", "downloads"), ("pmd-worker@.service", "media"))

pytestmark = pytest.mark.timeout(1800)


# The checkout's own modules stay out of what is installed.
OUTSIDE = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def environ_of(env_file: Path) -> dict[str, str]:
    """What systemd makes of an EnvironmentFile, and nothing of ours."""
    lines = (line for line in env_file.read_text().splitlines() if line and not line.startswith("#"))
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent"} | dict(line.split("=", 1) for line in lines)


def started_by(unit: str, instance: str, at: dict[str, Path]) -> list[str]:
    (command,) = re.findall(r"^ExecStart=(.*)$", (OPERATIONS / unit).read_text(), re.MULTILINE)
    for name, folder in at.items():
        command = command.replace(name, str(folder))
    return shlex.split(command.replace("%i", instance))


@pytest.fixture
def at(tmp_path: Path) -> dict[str, Path]:
    return {"/opt/pmd": tmp_path / "opt", "/etc/pmd.env": tmp_path / "pmd.env", "/vault": tmp_path / "vault"}


@pytest.fixture
def installed(stack: Stack, at: dict[str, Path]) -> Settings:
    """The page's commands, with this test's addresses written into the env file where the page opens an editor."""
    wanted = Settings.from_environment(environ_of(OPERATIONS / "pmd.env"))
    port, metrics = free_port(), free_port()
    stack.sql("DROP DATABASE IF EXISTS installed WITH (FORCE)")
    here = {
        wanted.database_url: stack.database_url("installed"),
        wanted.redis_url: stack.redis_url,
        wanted.base_url: f"http://127.0.0.1:{port}",
        str(wanted.smtp_url): stack.mail.url,
        "VAULT_PATH=.*": f"VAULT_PATH={at['/vault']}",
        "WORKER_METRICS_PORT=9100": f"WORKER_METRICS_PORT={metrics}\\nPORT={port}",
    }
    edited = "".join(f"sed -i {shlex.quote(f's|{old}|{new}|')} /etc/pmd.env\n" for old, new in here.items())
    script = "".join(
        edited if line.startswith("editor") else f"{line}\n"
        for line in commands("README.md", "Without Docker").splitlines()
        if not line.startswith(ELSEWHERE) or line.startswith("editor")
    ).partition("/opt/pmd/bin/pmd-admin --env-file /etc/pmd.env doctor")[0]
    script = script.replace("-o pmd -g pmd ", "").replace("-g pmd ", "")
    run_documented(f"cd {shlex.quote(str(ROOT))}\n{script}", at=at, env=OUTSIDE)
    return Settings.from_environment(environ_of(at["/etc/pmd.env"]))


@pytest.fixture
def running(installed: Settings, at: dict[str, Path], tmp_path: Path) -> Iterator[Settings]:
    processes = [
        subprocess.Popen(started_by(unit, instance, at), env=environ_of(at["/etc/pmd.env"]), cwd=tmp_path)
        for unit, instance in UNITS
    ]
    yield installed
    for process in processes:
        process.terminate()
    assert [process.wait(HANG_SECONDS) for process in processes] == [0, 0, 0]


async def until_well(at: dict[str, Path]) -> None:
    """The page's last command, until it finds nothing wrong."""
    doctor = [str(at["/opt/pmd"] / "bin" / "pmd-admin"), "--env-file", str(at["/etc/pmd.env"]), "doctor"]
    async with asyncio.timeout(HANG_SECONDS):
        while True:
            process = await asyncio.create_subprocess_exec(*doctor, env=OUTSIDE)
            if await process.wait() == 0:
                return
            await asyncio.sleep(0.5)


async def test_installed_package_completes_the_whole_workflow(
    running: Settings, at: dict[str, Path], tmp_path: Path
) -> None:
    await until_well(at)
    connection = await asyncpg.connect(running.database_url)
    await connection.execute(
        """INSERT INTO users (handle, email, roles) VALUES ('me', 'me@example.org', '["owner"]')"""
    )
    await connection.close()
    token = run_documented("/opt/pmd/bin/pmd-admin --env-file /etc/pmd.env token me", at=at, env=OUTSIDE).strip()
    folder = await asyncio.to_thread(make_fresh_folder, tmp_path / "fresh")
    async with AsyncClient(running.base_url, token, retry_seconds=HANG_SECONDS) as api:
        circle = Circle(api, Terminal())
        assets = await circle.bring_in(folder)
        await circle.review(assets)
        improved = await circle.improve(assets)
        assert improved, "the workers have the extra media"
        await circle.publish(assets)
        assert (await api.get_posts()).items
        vault = at["/vault"]
        sources = {f"/vault/{path.relative_to(vault)}": path for path in vault.glob("art/*/*")}
        await circle.take_home(running, sources, tmp_path)
        await circle.take_everything(tmp_path)
        await circle.pack([asset.id for asset in assets] + improved, tmp_path)
