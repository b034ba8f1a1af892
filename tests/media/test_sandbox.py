"""The walls around a child, from within: what is forbidden fails, and every engine still reads every format."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import structlog

from pmd_service.assets.types import AssetType
from pmd_service.base.settings import Settings, SettingsError
from pmd_service.jobs import MEDIA, worker_settings
from pmd_service.media import sandbox
from pmd_service.media.child import run_batch, run_one
from pmd_service.media.formats import FORMATS, RESULT_FORMATS
from pmd_service.media.kind import Engine
from pmd_service.media.messages import NOTHING_TO_DO, Limits, Refused, Work
from pmd_service.media.registry import KINDS
from pmd_service.media.sandbox import landlock_version
from pmd_service.media.sandbox_policy import log_sandbox, require_sandbox
from pmd_service.media.seccomp import has_call_filter
from pmd_service.media.spare import ChildFaultError
from pmd_service.media.stripping import STRIP_ENGINE

from . import misbehave
from .files import animation, moving_picture, save_sound, save_video, sprite, tone

IMAGES, SOUNDS, VIDEOS = (
    [form for form in RESULT_FORMATS if FORMATS[form].type == kind] for kind in ("image", "audio", "video")
)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secrets" / "secret"
    path.parent.mkdir()
    path.write_bytes(b"another user's file")
    return path


async def test_there_is_no_way_out(secret: Path, tmp_path: Path) -> None:
    source, folder = tmp_path / "source", tmp_path / "made"
    source.write_bytes(b"whatever")
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as server:
        params = {"act": "escape", "secret": str(secret), "port": server.sockets[0].getsockname()[1]}
        work = Work(source=str(source), folder=str(folder), output_names=["large"], params=params)
        answer = await run_one("tests.media.misbehave", work, folder=tmp_path / "made", limits=Limits())
    assert not isinstance(answer, Refused), answer
    ways = set(msgspec.json.decode(answer.value))
    if not landlock_version():
        ways -= {*misbehave.LANDLOCK}
    if not has_call_filter():
        ways -= {*misbehave.CALLS}
    assert ways == set()
    assert [path.name for path in folder.iterdir()] == ["large"]


async def test_a_childs_threads_are_in_the_sandbox_and_bounded(secret: Path, tmp_path: Path) -> None:
    params = {"act": "start_threads", "secret": str(secret), "most": 2 * sandbox.TASKS_OF_USER}
    source, folder = tmp_path / "source", tmp_path / "made"
    source.write_bytes(b"whatever")
    work = Work(source=str(source), folder=str(folder), params=params)
    answer = await run_one("tests.media.misbehave", work, folder=folder, limits=Limits())
    assert not isinstance(answer, Refused), answer
    started, *read = msgspec.json.decode(answer.value)
    most = sandbox.THREADS if sandbox.has_user_namespace() else sandbox.TASKS_OF_USER
    assert 0 < started <= most
    assert read == [] or not landlock_version()


def test_active_and_missing_sandbox_layers_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "landlock_version", lambda: 7)
    monkeypatch.setattr(sandbox, "has_call_filter", lambda: True)
    monkeypatch.setattr(sandbox, "has_user_namespace", lambda: True)
    assert sandbox.active_layers() == ["limits", "Landlock 7", "a filter of system calls", "a user namespace"]
    assert sandbox.missing_layers() == []
    monkeypatch.setattr(sandbox, "landlock_version", lambda: 0)
    monkeypatch.setattr(sandbox, "has_user_namespace", lambda: False)
    assert sandbox.active_layers() == ["limits", "a filter of system calls"]
    assert sandbox.missing_layers() == ["Landlock"]


SETTINGS = Settings(
    database_url="postgresql://localhost/pmd",
    redis_url="redis://localhost",
    base_url="https://makapix.club",
    jwt_secret_key="no token is ever read with this key",
)


async def test_a_decoding_worker_starts_only_sandboxed_or_with_a_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sandbox, "landlock_version", lambda: 0)
    with pytest.raises(SettingsError, match=r"Landlock is missing. Set MEDIA_SANDBOX=partial"):
        await worker_settings(SETTINGS, *MEDIA)["on_startup"]({})
    with structlog.testing.capture_logs() as logs:
        require_sandbox(msgspec.structs.replace(SETTINGS, media_sandbox="partial"))
        await log_sandbox()
    assert [(line["event"], line["log_level"], line["missing"]) for line in logs] == [
        ("media_sandbox", "warning", ["Landlock"])
    ]


# Shuts itself in as a child does, as somebody who is not root, and tells where it is then.
_ALONE = """
import ctypes, os
from pathlib import Path
from pmd_service.media import sandbox
libc = ctypes.CDLL(None)
if os.getuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
    libc.prctl(4, 1)  # who they are now may read their own /proc
if not (child := os.fork()):
    os._exit(libc.unshare(1 << 28) != 0)
print(int(os.waitpid(child, 0)[1] == 0))
status = Path("/proc/self/status").open()
outside = [Path("/proc/self/ns", name).stat().st_ino for name in ("user", "net", "ipc")]
sandbox.enter(code=[], readable=[], writable=Path("/tmp"))
inside = [Path("/proc/self/ns", name).stat().st_ino for name in ("user", "net", "ipc")]
print(sum(one != other for one, other in zip(outside, inside)))
print(int(next(line for line in status if line.startswith("CapEff")).split()[1], 16))
"""


def test_a_child_not_of_root_has_its_own_user_namespace_if_permitted() -> None:
    findings = subprocess.run(
        [sys.executable, "-c", _ALONE], capture_output=True, text=True, check=True, cwd="/"
    ).stdout
    may, namespaces, capabilities = (int(line) for line in findings.split())
    assert (namespaces, capabilities) == (3 * may, 0)


# Shuts itself in as a child of a container's root does, who has only so many capabilities.
_ROOT = """
import ctypes, struct, sys
from pathlib import Path
from pmd_service.media import sandbox
has = int(sys.argv[1])
assert ctypes.CDLL(None).capset(struct.pack("=Ii", 0x20080522, 0), struct.pack("=6I", has, has, 0, 0, 0, 0)) == 0
status = Path("/proc/self/status").open()
sandbox.enter(code=[], readable=[], writable=Path("/tmp"))
print(int(next(line for line in status if line.startswith("CapEff")).split()[1], 16))
"""
_DAC_OVERRIDE, _DAC_READ_SEARCH, _SETUID = 1 << 1, 1 << 2, 1 << 7


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has capabilities")
@pytest.mark.parametrize(
    ("has", "keeps"),
    [
        (_SETUID | _DAC_OVERRIDE | _DAC_READ_SEARCH, _DAC_OVERRIDE | _DAC_READ_SEARCH),
        (_SETUID | _DAC_OVERRIDE, _DAC_OVERRIDE),  # what Docker and Podman leave
        (0, 0),
    ],
)
def test_child_of_a_containers_root_keeps_what_it_has_to_read(has: int, keeps: int) -> None:
    command = [sys.executable, "-c", _ROOT, str(has)]
    assert int(subprocess.run(command, capture_output=True, text=True, check=True).stdout) == keeps


# Probes a picture, and a sound, whose decoder is only loaded in the sandbox; with what ``sys.path`` says.
_PROBE = """
import asyncio, sys
from contextlib import aclosing
from pathlib import Path
from pmd_service.media.probe import Candidate, probe_files

async def probe(folder, *paths):
    candidates = [Candidate(Path(path), Path(path).name) for path in paths]
    async with aclosing(probe_files(candidates, Path(folder))) as answers:
        print(*[getattr(answer, "type", answer) async for answer in answers])

asyncio.run(probe(*sys.argv[1:]))
"""


async def test_the_child_can_import_code_from_the_services_whole_path(tmp_path: Path) -> None:
    """An interpreter without any package, and ``PYTHONPATH``."""
    sprite(16).save(tmp_path / "a.png")
    save_sound(tmp_path / "a.wav", tone(1))
    (tmp_path / "elsewhere").symlink_to(Path(np.__file__).parents[1])
    (tmp_path / "previews").mkdir()
    folders = [str(tmp_path / "elsewhere"), str(Path(sandbox.__file__).parents[2])]
    base = Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}")
    given = [str(tmp_path / name) for name in ("previews", "a.png", "a.wav")]
    command = [str(base), "-S", "-s", "-c", _PROBE, *given]
    ran = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, cwd="/", env={"PYTHONPATH": ":".join(folders)}
    )
    findings, _ = await ran.communicate()
    assert findings.decode().split() == ["image", "audio"]


async def test_a_checkouts_data_beside_the_package_stays_unreadable(tmp_path: Path) -> None:
    beside = Path(sandbox.__file__).parents[2] / "pyproject.toml"
    work = Work(
        source=str(beside.parent / "server.py"),
        folder=str(tmp_path / "made"),
        params={"act": "be_forbidden", "secret": str(beside)},
    )
    with pytest.raises(ChildFaultError, match="PermissionError"):
        await run_one("tests.media.misbehave", work, folder=tmp_path / "made", limits=Limits())


async def test_an_engine_with_threads_before_the_sandbox_gets_no_file(tmp_path: Path) -> None:
    work = Work(source=str(tmp_path), folder=str(tmp_path / "made"), params={"act": "behave"})
    with pytest.raises(ChildFaultError, match="started threads"):
        await run_one("tests.media.threaded", work, folder=tmp_path / "made", limits=Limits())


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One of every format, and what moves."""
    folder, noise = tmp_path_factory.mktemp("files"), np.random.default_rng(1).normal(0, 0.02, (2, 96_000))
    for kind in IMAGES:
        sprite(32).convert("RGB").save(folder / f"still.{kind}")
    found = [animation(folder / f"moving.{kind}") for kind in ("png", "gif", "webp")]
    found += [save_sound(folder / f"tone.{kind}", tone(2, rate=48_000) + noise, rate=48_000) for kind in SOUNDS]
    for kind in VIDEOS:
        codec, sound = ("libvpx-vp9", None) if kind == "webm" else ("libx264", tone(1))
        found.append(save_video(folder / f"film.{kind}", moving_picture(12, noise=15), codec=codec, sound=sound))
    return [*(folder / f"still.{kind}" for kind in IMAGES), *found]


# By engine, for each type of file: parameters.
RUNS: dict[str, tuple[Engine, Mapping[AssetType, Sequence[Any]]]] = {
    "strip": (STRIP_ENGINE, {"image": [None], "audio": [None], "video": [None]}),
    **{name: (kind.engine, kind.examples) for name, kind in KINDS.items() if kind.engine},
}


# Slicing may make 2,052 files, which lie there beforehand; here it makes four of a picture.
MOST_MADE = 64


@pytest.mark.parametrize("name", [*RUNS])
async def test_every_engine_does_what_it_does_with_every_format(files: list[Path], tmp_path: Path, name: str) -> None:
    engine, params_of = RUNS[name]
    # Each format is read and each example is run; not each with each.
    asked = [
        pair
        for kind, params in params_of.items()
        for pair in _turns([path for path in files if FORMATS[path.suffix[1:]].type == kind], params)
    ]
    works = [
        Work(
            source=str(path),
            folder=str(tmp_path / f"{number}"),
            names=[path.name],
            output_names=[*engine.output_names][:MOST_MADE],
            params=msgspec.to_builtins(params) if params else {},
        )
        for number, (path, params) in enumerate(asked)
    ]
    async with aclosing(run_batch(engine.module, works, folder=tmp_path, limits=engine.limits)) as answers:
        refused = [(works[answer.item].names[0], answer) async for answer in answers if isinstance(answer, Refused)]
    # Some files may be as asked for already, which is an answer: a tone under the noise of a lossy codec, for instance.
    refused, kept = [pair for pair in refused if pair[1].code != NOTHING_TO_DO], len(refused)
    assert refused == []
    assert kept < len(works)


def _turns(files: Sequence[Path], params: Sequence[Any]) -> Iterator[tuple[Path, Any]]:
    return islice(zip(cycle(files), cycle(params), strict=False), max(len(files), len(params)))
