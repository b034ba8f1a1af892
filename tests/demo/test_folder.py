"""The data folder: one owner, nothing left running, secrets kept."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from pmd_service.demo import stack as stacks
from pmd_service.demo.error import DemoError
from pmd_service.demo.folder import MARK, PIDS, end_process, owned, plain, remake, secret_key
from pmd_service.demo.stack import Stack

from ..restarts import restart_postgres

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]


@contextmanager
def sleeper(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that works in the folder until it is ended."""
    with subprocess.Popen(SLEEPER, cwd=folder, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        try:
            yield process
        finally:
            process.kill()


def test_data_folder_is_locked_by_one_process(tmp_path: Path) -> None:
    with owned(tmp_path / "data"), pytest.raises(DemoError, match="is in use"), owned(tmp_path / "data"):
        pass
    with owned(tmp_path / "data"):
        pass


def test_folder_with_foreign_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vault").mkdir()
    with pytest.raises(DemoError, match="is not a data folder"), owned(tmp_path):
        pass
    assert not (tmp_path / MARK).exists()


def test_recreating_the_folder_keeps_foreign_files(tmp_path: Path) -> None:
    with owned(tmp_path / "data") as folder:
        (folder / "vault" / "art").mkdir(parents=True)
        (folder / "mine.txt").touch()
        remake(folder)
        assert {path.name for path in folder.iterdir()} == {MARK, "mine.txt"}


def test_processes_of_a_killed_run_are_stopped_by_the_next(tmp_path: Path) -> None:
    with owned(tmp_path / "data") as folder:
        (folder / PIDS).mkdir()
    with sleeper(folder) as left:
        (folder / PIDS / "serve.pid").write_text(str(left.pid))
        with owned(folder):
            assert left.poll() is not None
            assert not list((folder / PIDS).iterdir())


def test_unrelated_process_with_a_reused_pid_is_not_killed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    with sleeper(tmp_path / "elsewhere") as stranger:
        (tmp_path / "serve.pid").write_text(str(stranger.pid))
        end_process(tmp_path / "serve.pid", working_in=tmp_path)
        assert stranger.poll() is None
        assert not (tmp_path / "serve.pid").exists()


@pytest.mark.parametrize("text", ["", "not a number", "999999999", "-4"])
def test_malformed_pid_file_kills_no_process(tmp_path: Path, text: str) -> None:
    (tmp_path / "serve.pid").write_text(text)
    end_process(tmp_path / "serve.pid", working_in=tmp_path)
    assert not (tmp_path / "serve.pid").exists()


def test_secret_is_created_once_with_mode_0600(tmp_path: Path) -> None:
    secret = secret_key(tmp_path)
    assert secret_key(tmp_path) == secret
    assert len(secret) >= 32
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_stack_runs_in_a_path_with_spaces_and_keeps_its_data() -> None:
    with tempfile.TemporaryDirectory(prefix="pmd with spaces ") as name, owned(Path(name) / "data") as folder:
        try:
            with Stack(folder, durable=False) as stack:
                stack.sql("CREATE DATABASE kept")
            with Stack(folder, durable=False) as stack:
                stack.sql("DROP DATABASE kept")
                restart_postgres(stack)
            remake(folder)
            assert list(plain(folder).iterdir()) == []
        finally:
            shutil.rmtree(plain(folder))


def test_concurrent_first_starts_add_the_postgres_user_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events = []

    def add(user: str) -> None:
        events.append(f"{user} begins")
        time.sleep(0.05)
        events.append(f"{user} is there")

    monkeypatch.setattr(stacks, "ensure_user_exists", add)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with ThreadPoolExecutor(3) as threads:
        for started in [threads.submit(stacks._ensure_user) for _ in range(3)]:
            started.result()
    assert events == ["embedded_postgres begins", "embedded_postgres is there"] * 3
