"""The circle around the download: a folder goes in, is looked through, improved, published and packed, over HTTP."""

import asyncio
import hashlib
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from ..packs.licensing import LicenseType
from ..push.api import Api, RefusedError, UnreachableError
from ..push.files import find_files
from ..push.push import Said, push_files
from ..push.terminal import Terminal as PushTerminal
from .terminal import Terminal, counted, readable_size
from .verify import VerificationError

LOOK_SECONDS = 0.1
PATIENCE_SECONDS = 300.0
AT_ONCE = 128  # ids in one call
PUBLISHED = 6
ENLARGED = 4  # times
PACK_NAME = "First pack"

# What a step of the circle fails with, beside the demo's own errors.
CIRCLE_FAILURES = (RefusedError, UnreachableError)


class Asset(msgspec.Struct, frozen=True):
    """A file of the library, as far as the demo looks at it."""

    id: int
    name: str
    type: str
    size_bytes: int


class _Assets(msgspec.Struct, frozen=True):
    items: Sequence[Asset]
    next_cursor: str | None


class SilentTerminal(PushTerminal):
    """The demo tells each step itself."""

    def say(self, text: str) -> None:
        """Nothing."""

    @contextmanager
    def progress(self, total_bytes: int) -> Iterator[Callable[[int], None]]:
        yield lambda _bytes: None


class Circle:
    """The artist's way through the library, each step told with its time."""

    def __init__(self, api: Api, terminal: Terminal) -> None:
        self._api, self._terminal = api, terminal

    async def has_library(self) -> bool:
        """Whether there is anything in the library, or ever was."""
        return bool((await self._get("uploads"))["items"])

    async def bring_in(self, folder: Path) -> list[Asset]:
        """Upload a folder; returns what nobody has judged yet, newest first."""
        with self._terminal.step("Upload") as step:
            found = list(find_files([folder]))
            # Whoever draws on a computer may well call it their own: without it no pack could be made.
            said = Said(theme="demo", source="own work", provenance="user_provided")
            result = await push_files(self._api, found, name=folder.name, said=said, terminal=SilentTerminal())
            counts = ", ".join(
                f"{count} {outcome.replace('_', ' ')}" for outcome, count in result.outcomes.most_common()
            )
            step.detail = f"{counted(len(found), 'file')}: {counts}"
        for line in result.failed:
            self._terminal.warn(f"{line.path} is left out: {line.error_message}")
        return await self._list_assets()

    async def review(self, assets: Sequence[Asset]) -> None:
        """Approve these."""
        with self._terminal.step("Review") as step:
            for first in range(0, len(assets), AT_ONCE):
                ids = [asset.id for asset in assets[first : first + AT_ONCE]]
                await self._post("assets/action", {"action": "approve", "asset_ids": ids})
            kinds = ", ".join(
                counted(sum(each.type == kind for each in assets), kind) for kind in ("image", "audio", "video")
            )
            step.detail = f"{counted(len(assets), 'file')} approved: {kinds}"

    async def improve(self, assets: Sequence[Asset]) -> list[int]:
        """Clean a sound and enlarge a picture, where there are any; returns what came of it, approved."""
        wanted = {"audio": ("denoise_audio", {}), "image": ("upscale", {"factor": ENLARGED})}
        results = []
        for kind, (task, params) in wanted.items():
            asset = min((each for each in assets if each.type == kind), key=lambda each: each.size_bytes, default=None)
            if asset is None:
                continue
            with self._terminal.step(f"Task {task}") as step:
                job = await self._run_task({"kind": task, "asset_ids": [asset.id], "params": params})
                result = await self._get(f"assets/{job['result_asset_id']}") if job["result_asset_id"] else None
                step.detail = (
                    f"{asset.name} → {result['asset']['name']}" if result else f"{asset.name}: {job['error_message']}"
                )
            results += [job["result_asset_id"]] if job["result_asset_id"] else []
        if results:
            await self._post("assets/action", {"action": "approve", "asset_ids": results})
        return results

    async def publish(self, assets: Sequence[Asset]) -> None:
        """Publish a few pictures as posts; hide all of these, and show them again."""
        pictures = [asset.id for asset in assets if asset.type == "image"][:PUBLISHED]
        if not pictures:
            return
        with self._terminal.step("Publish") as step:
            told = (await self._post("assets/publish", {"asset_ids": pictures, "hidden": False}))["items"]
            posts = [each["post_id"] for each in told if each["outcome"] == "published"]
            refused = [each["message"] for each in told if each["outcome"] == "refused"]
            step.detail = f"{counted(len(posts), 'post')}" + (
                f"; {len(refused)} refused: {refused[0]}" if refused else ""
            )
        if posts:
            with self._terminal.step("Bulk action") as step:
                hidden = await self._post("action", {"action": "hide", "post_ids": posts})
                shown = await self._post("action", {"action": "unhide", "post_ids": posts})
                step.detail = f"{hidden['message']} {shown['message']}"

    async def pack(self, asset_ids: Sequence[int], folder: Path) -> Path:
        """Give these files away together; returns the edition, verified.

        Raises:
            VerificationError: the archive does not hold what its list says.
        """
        with self._terminal.step("Pack") as step:
            pack = await self.put_together(PACK_NAME, "royalty_free", asset_ids)
            await self.export(pack)
            answer = await self._api.call("GET", f"/api/pmd/packs/{pack['id']}/download")
            target = folder / f"{pack['slug']}_v1.zip"
            files = await asyncio.to_thread(_save_and_verify, target, answer.body)
            step.detail = f"{counted(files, 'file')}, {readable_size(len(answer.body))}; every checksum right"
        return target

    async def put_together(self, name: str, license_type: LicenseType, asset_ids: Sequence[int]) -> dict[str, Any]:
        """A pack of these files, not exported yet."""
        pack = await self._post("packs", {"name": name, "license_type": license_type})
        chosen = [{"asset_id": asset_id} for asset_id in asset_ids]
        await self._call("PUT", f"packs/{pack['id']}/assets", {"assets": chosen})
        return pack

    async def export(self, pack: Mapping[str, Any]) -> None:
        """Build the pack's next edition."""
        export = (await self._post(f"packs/{pack['id']}/export", {}))["export"]
        await self._until_ended(export["id"])

    async def _list_assets(self) -> list[Asset]:
        assets: list[Asset] = []
        cursor: str | None = ""
        while cursor is not None:
            query = {"state": "new", "limit": "512"} | ({"cursor": cursor} if cursor else {})
            answer = await self._api.call("GET", "/api/pmd/assets", params=query)
            page = msgspec.json.decode(answer.body, type=_Assets)
            assets += page.items
            cursor = page.next_cursor
        return assets

    async def _run_task(self, body: Mapping[str, Any]) -> dict[str, Any]:
        (item,) = (await self._post("jobs", body))["items"]
        return await self._until_ended(item["id"])

    async def _until_ended(self, job_id: int) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                job = await self._get(f"jobs/{job_id}")
                if job["status"] not in ("pending", "running"):
                    return job
                await asyncio.sleep(LOOK_SECONDS)

    async def _get(self, path: str) -> dict[str, Any]:
        return await self._call("GET", path)

    async def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return await self._call("POST", path, body)

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        options = {} if body is None else {"json": body}
        answer = await self._api.call(method, f"/api/pmd/{path}", **options)
        decoded: dict[str, Any] = msgspec.json.decode(answer.body)
        return decoded


def _save_and_verify(target: Path, body: bytes) -> int:
    """Keep the pack and hold it against its own checksums; returns how many files these name."""
    target.write_bytes(body)
    with zipfile.ZipFile(target) as archive:
        (folder,) = {name.partition("/")[0] for name in archive.namelist()}
        lines = archive.read(f"{folder}/checksums.txt").decode().splitlines()
        for line in lines:
            digest, _, name = line.partition("  ")
            if hashlib.sha256(archive.read(f"{folder}/{name}")).hexdigest() != digest:
                raise VerificationError(f"{name} in {target.name} is not what checksums.txt says.")
    return len(lines)
