"""What ``pmd takeout`` does where the takeout changes while it is downloaded."""

from pathlib import Path

import pytest
from aiohttp import web

from ..origin import Origin
from .conftest import Pmd

ID = "0b0c6a52-6a1e-4f0e-9d3a-5b2f7c1d8e90"


class Changing:
    """A service where a file changes in each of the first downloads, so that it has to make the takeout again."""

    def __init__(self, origin: Origin, changes: int) -> None:
        self.downloads, self._changes, self._is_ready = 0, changes, True
        origin.on("/api/pmd/takeout", self._list)
        origin.on(f"/api/pmd/takeout/{ID}", self._state)
        origin.on("/download", self._download)

    async def _list(self, _: web.Request) -> web.Response:
        return web.json_response({"items": [], "next_cursor": None, "next_possible_at": None})

    async def _state(self, _: web.Request) -> web.Response:
        status, self._is_ready, was_ready = "ready" if self._is_ready else "processing", True, self._is_ready
        counts = {f"{name}_count": 1 for name in ("post", "file", "pack", "processed", "missing")}
        nothing = dict.fromkeys(("download_id", "name", "since", "completed_at", "expires_at", "error_message"))
        url = "/download" if was_ready else None
        made = {"id": ID, "status": status, "parts": [], "file_size_bytes": 5, "created_at": "2026-01-01T00:00:00Z"}
        return web.json_response(made | counts | nothing | {"download_url": url})

    async def _download(self, _: web.Request) -> web.Response:
        self.downloads += 1
        if self.downloads <= self._changes:
            self._is_ready = False
            return web.json_response({"detail": "A file has changed: it is being rebuilt."}, status=410)
        return web.Response(body=b"bytes", headers={"ETag": '"1"'})


@pytest.mark.parametrize(("changes", "downloads", "code"), [(2, 3, 0), (9, 3, 1)])
async def test_takeout_that_changes_is_downloaded_three_times_at_most(
    nobody: Pmd, tmp_path: Path, changes: int, downloads: int, code: int
) -> None:
    async with Origin() as origin:
        service = Changing(origin, changes)
        there = {"PMD_URL": origin.url("/"), "PMD_KEY": "k"}
        ran = await nobody("takeout", "--id", ID, "-o", str(tmp_path / "all.zip"), env=there)
    assert (ran.code, service.downloads) == (code, downloads), ran
    assert ran.err.count("A file has changed: it is being rebuilt.") == downloads - 1 + code
    assert (tmp_path / "all.zip").exists() == (code == 0)
