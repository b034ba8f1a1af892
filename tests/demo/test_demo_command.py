"""``pmd-admin demo`` and ``pmd-admin run`` as a user starts them: processes, signals, exit codes."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image

from pmd_service.demo.folder import plain
from pmd_service.demo.service import orderly, run_until_signal
from pmd_service.demo.stack import free_port

from ..ctrl_c import heeded_ctrl_c
from ..hang import HANG_SECONDS

PMD = [sys.executable, "-m", "pmd_service"]


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder (not pytest's, see the fixture ``stack``), below which nothing may be running at the end."""
    with tempfile.TemporaryDirectory(prefix="pmd-data-") as folder:
        yield Path(folder).resolve()
        assert running_below(Path(folder).resolve()) == []


def running_below(folder: Path) -> list[str]:
    """The processes that work in the folder: server, worker, Postgres and Valkey all do."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(folder):
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


def test_demo_with_own_images_ends_with_a_verified_archive(tmp_path: Path, data: Path) -> None:
    images = tmp_path / "images [mine]"
    (images / "deep" / "er").mkdir(parents=True)
    frames = [Image.new("RGB", (9, 9), (number * 60, 0, 0)) for number in range(3)]
    frames[0].save(images / "spin.gif", save_all=True, append_images=frames[1:])
    Image.effect_noise((300, 200), 60).save(images / "deep" / "noise.png")
    Image.effect_noise((64, 64), 60).save(images / "deep" / "er" / "noise.jpg")
    (images / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n?")
    demo = subprocess.run(
        [*PMD, "demo", "--artworks", images, "--data", data], capture_output=True, text=True, check=False
    )
    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert "broken.png is skipped" in demo.stdout
    assert "4 files: 3 added, 1 failed" in demo.stdout
    assert "every checksum right" in demo.stdout
    assert "3 artworks equal to their sources" in demo.stdout
    assert "3 images → " in demo.stdout, "on one sheet"
    assert "files in one file" in demo.stdout
    assert re.search(r"Pack's page .+ http://\S+/p/first-pack-\w+\n", demo.stdout)
    found = re.search(r"Archive: (.+)", demo.stdout)
    assert found is not None
    with zipfile.ZipFile(found[1]) as archive:
        packed = {archive.read(name) for name in archive.namelist() if name.startswith("artworks/")}
    assert packed == {path.read_bytes() for path in images.rglob("*.*") if path.name != "broken.png"}


def test_demo_run_keeps_its_data_though_killed(data: Path) -> None:
    # One life of a data folder: to furnish it takes longer than all the rest.
    run, output = start_run(data)
    assert "13 files approved: 10 images, 1 sound, 1 video, 1 companion; 5 stars for 3" in output
    assert "5 drafts, 2 of them scheduled" in output
    assert "one with its first edition, one still in the making" in output
    assert re.search(r"Pack's page .+ http://\S+/p/first-pack-\w+\n", output)
    env = data / "env"
    assert env.stat().st_mode & 0o777 == 0o600
    token = subprocess.run(
        [*PMD, "--env-file", env, "token", "pixelsmith"], capture_output=True, text=True, check=True
    ).stdout
    assert token.count(".") == 2
    assert token.strip() not in output
    second = subprocess.run([*PMD, "run", "--data", data], capture_output=True, text=True, check=False)
    assert (second.returncode, second.stderr.count("\n")) == (1, 1)
    assert "is in use" in second.stderr
    run.kill()
    run.communicate()
    assert len(running_below(data)) >= 4, "what it has started outlives it"

    again, output = start_run(data)
    assert "kept from an earlier run" in output
    assert "Review" not in output, "the library is furnished once"
    worker = psutil.Process(int((data / "pids" / "worker.pid").read_text()))
    worker.kill()
    assert again.stdout is not None
    assert any("“pmd-admin worker” was killed by signal 9 and is restarted" in line for line in again.stdout)
    again.send_signal(signal.SIGTERM)
    again.communicate()
    assert again.returncode == 0
    assert running_below(data) == []
    assert (plain(data) / "postgres" / "PG_VERSION").exists()
    assert list((data / "vault").rglob("*.png"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_demo_stops_in_reverse_order_on_sigint_and_sigterm(number: signal.Signals) -> None:
    async def signalled() -> None:
        os.kill(os.getpid(), number)
        await asyncio.sleep(HANG_SECONDS)

    left: list[str] = []
    with pytest.raises(KeyboardInterrupt), orderly() as closing:
        closing.callback(left.append, "begun first")
        closing.callback(left.append, "begun last")
        run_until_signal(signalled())
    assert left == ["begun last", "begun first"]


@pytest.fixture(autouse=True)
def heeded() -> Iterator[None]:
    with heeded_ctrl_c():
        yield


def start_run(data: Path) -> tuple[subprocess.Popen[str], str]:
    """A run that is ready, and its output until then."""
    run = subprocess.Popen(
        [*PMD, "run", "--posts", "3", "--port", str(free_port()), "--data", data],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert run.stdout is not None
    output = []
    for line in run.stdout:
        output.append(line)
        if line.startswith("Ctrl-C"):
            run.stdout.readline()
            return run, "".join(output)
    raise AssertionError("".join(output))
