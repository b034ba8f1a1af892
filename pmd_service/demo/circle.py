"""An artist's whole workflow over HTTP: upload, review, tasks, publish, download, takeout, pack.

In a thread: verifying archives, which is computation.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiofiles.os
import aiohttp
from pmd_cli.push.announce import batches
from pmd_cli.push.files import find_files
from pmd_cli.push.push import push_files
from pmd_cli.push.terminal import Terminal as PushTerminal
from pmd_sdk import AsyncClient, apages
from pmd_sdk.models import AssetItem, Bdr, Defaults, Post
from rich.filesize import decimal

from gallery.fresh import make_fresh_folder

from ..base.settings import Settings
from ..packs.license_kinds import LicenseType
from .desk import fill_desk
from .download import build_archive, fetch_archive
from .error import DemoError
from .terminal import Terminal, counted
from .verify import verify, verify_pack, verify_takeout

POLL_SECONDS = 0.1
TIMEOUT_SECONDS = 300.0
MAX_IDS = 128  # per call
PUBLISHED = 6
ENLARGED = 4  # times
ON_A_SHEET = 6
BEST, STARS = 3, 5
PACK_NAME = "First pack"
KINDS = {"image": "image", "audio": "sound", "video": "video", "other": "companion"}
UNJUDGED = 8  # pictures left for the visitor of a filled library to review
DRAFT_FILES = 5


class Circle:
    """The artist's steps, each reported with its duration.

    The calls raise what the API's client does, and DemoError where the service has done something else than requested.
    """

    def __init__(self, api: AsyncClient, terminal: Terminal) -> None:
        self._api, self._terminal = api, terminal

    async def bring_in(self, folder: Path) -> list[AssetItem]:
        """Upload a folder; returns the files to review, newest first."""
        with self._terminal.step("Upload") as step:
            found = list(find_files([folder]))
            # Without a provenance no pack could be made.
            defaults = Defaults(theme="demo", source="own work", provenance="user_provided")
            silent = PushTerminal(silent=True)
            result = await push_files(self._api, found, name=folder.name, defaults=defaults, terminal=silent)
            counts = ", ".join(
                f"{count} {outcome.replace('_', ' ')}" for outcome, count in result.outcomes.most_common()
            )
            step.detail = f"{counted(len(found), 'file')}: {counts}"
        for line in result.failed:
            self._terminal.warn(f"{line.path} was refused: {line.error_message}")
        return [asset async for asset in apages(self._api.get_assets, state="new")]

    async def review(self, assets: Sequence[AssetItem]) -> None:
        """Approve these, and rate a few."""
        with self._terminal.step("Review") as step:
            await self._approve([asset.id for asset in assets])
            best = [asset.id for asset in assets[:BEST]]
            await self._call("POST", "assets/edit", {"asset_ids": best, "set": {"rating": STARS}})
            kinds = [counted(sum(each.type == kind for each in assets), noun) for kind, noun in KINDS.items()]
            step.detail = f"{counted(len(assets), 'file')} approved: {', '.join(kinds)}; {STARS} stars for {len(best)}"

    async def improve(self, assets: Sequence[AssetItem]) -> list[int]:
        """Denoise a sound, enlarge a picture, pack a sprite sheet; returns the results, approved."""
        wanted: Sequence[tuple[str, str, int, Mapping[str, Any]]] = (
            ("denoise_audio", "audio", 1, {}),
            ("upscale", "image", 1, {"factor": ENLARGED}),
            ("pack_sprites", "image", ON_A_SHEET, {"data": "texturepacker_hash"}),
        )
        results: list[int] = []
        for task, kind, most, params in wanted:
            smallest = sorted((each for each in assets if each.type == kind), key=lambda each: each.size_bytes)[:most]
            if smallest:
                results += await self._improve(task, smallest, params)
        await self._approve(results)
        return results

    async def _improve(self, task: str, assets: Sequence[AssetItem], params: Mapping[str, Any]) -> list[int]:
        """Run one task; returns its results."""
        with self._terminal.step(f"Task {task}") as step:
            body = {"kind": task, "asset_ids": [asset.id for asset in assets], "params": params}
            (item,) = (await self._call("POST", "jobs", body))["items"]
            job = await self._until_ended(item["id"])
            results: list[int] = job["result_asset_ids"]
            names = [(await self._call("GET", f"assets/{each}"))["asset"]["name"] for each in results]
            source = assets[0].name if len(assets) == 1 else counted(len(assets), "image")
            reason = job["error_message"] or job["unchanged_reason"]
            step.detail = f"{source} → {', '.join(names)}" if names else f"{source}: {reason}"
            return results

    async def publish(self, assets: Sequence[AssetItem]) -> None:
        """Publish a few pictures as posts; hide them all, and show them again."""
        pictures = [asset.id for asset in assets if asset.type == "image"][:PUBLISHED]
        if not pictures:
            return
        with self._terminal.step("Publish") as step:
            results = (await self._call("POST", "assets/publish", {"asset_ids": pictures, "hidden": False}))["items"]
            posts = [each["post_id"] for each in results if each["outcome"] == "published"]
            refused = [each["message"] for each in results if each["outcome"] == "refused"]
            step.detail = counted(len(posts), "post") + (f"; {len(refused)} refused: {refused[0]}" if refused else "")
        if posts:
            with self._terminal.step("Bulk action") as step:
                hidden = await self._call("POST", "action", {"action": "hide", "post_ids": posts})
                shown = await self._call("POST", "action", {"action": "unhide", "post_ids": posts})
                step.detail = f"{hidden['message']} {shown['message']}"

    async def take_home(self, settings: Settings, sources: Mapping[str, Path], folder: Path) -> tuple[Path, Bdr]:
        """Download the newest posts as one archive, as many as it may contain, and verify it.

        Args:
            settings: how much a download may contain, and the site's name.
            sources: for each ``art_url`` the file that the artwork must be equal to; other posts are not requested.
        """
        with self._terminal.step("GET /posts") as step:
            posts = [post async for post in apages(self._api.get_posts)]
            chosen = _choose(posts, settings, sources)
            size = decimal(sum(post.file_bytes or 0 for post in chosen))
            step.detail = f"{counted(len(posts), 'post')}; the newest {len(chosen)} requested, {size}"
        with self._terminal.step("POST /bdr to ready", len(chosen)) as step:
            bdr = await build_archive(
                self._api, [post.id for post in chosen], on_state=lambda bdr: step.show(bdr.processed_count, bdr.status)
            )
            step.detail = f"{bdr.processed_count} of {bdr.artwork_count} built, reported by the event stream"
        assert bdr.download_url is not None
        target = folder / f"{settings.site_name.lower().replace(' ', '-')}-artworks-{str(bdr.id)[:8]}.zip"
        with self._terminal.step("GET /download", bdr.file_size_bytes) as step:
            await fetch_archive(self._api, bdr.download_url, target, arrived=step.show)
            step.detail = f"{decimal(bdr.file_size_bytes or 0)} to {target.name}"
        with self._terminal.step("Verified") as step:
            found = await asyncio.to_thread(verify, target, chosen, sources)
            step.detail = (
                f"every CRC right, {counted(found.artworks, 'artwork')} equal to their sources, "
                f"{counted(found.comments, 'comment')}, {counted(found.reactions, 'reaction')}"
            )
        return target, bdr

    async def take_everything(self, folder: Path) -> Path:
        """Download all posts as one takeout, and verify it.

        Raises:
            DemoError: the takeout fails, or is not what the posts are.
        """
        with self._terminal.step("Takeout") as step:
            takeout = await self._api.post_takeout(name="Everything")
            async with asyncio.timeout(TIMEOUT_SECONDS):
                while takeout.completed_at is None:
                    await asyncio.sleep(POLL_SECONDS)
                    takeout = await self._api.get_takeout(takeout.id)
            if takeout.download_url is None:
                raise DemoError(f"The takeout has failed: {takeout.error_message}")
            target = folder / f"{takeout.name}.zip"
            await fetch_archive(self._api, takeout.download_url, target)
            await asyncio.to_thread(verify_takeout, target, [post async for post in apages(self._api.get_posts)])
            step.detail = (
                f"{counted(takeout.post_count, 'post')} and {counted(takeout.file_count, 'file')} in one file, "
                f"{decimal(takeout.file_size_bytes or 0)}; "
                "every CRC right, every post in it"
            )
        return target

    async def pack(self, asset_ids: Sequence[int], folder: Path) -> Path:
        """Make a pack of these files; returns its verified edition."""
        with self._terminal.step("Pack") as step:
            pack = await self._put_together(PACK_NAME, "royalty_free", asset_ids)
            await self._export(pack)
            target = folder / f"{pack['slug']}_v1.zip"
            await self._api.get_pack_download(pack["id"]).save(target)
            files = await asyncio.to_thread(verify_pack, target)
            size = await aiofiles.os.path.getsize(target)
            step.detail = f"{counted(files, 'file')}, {decimal(size)}; every checksum right"
        await self._show(pack)
        return target

    async def fill_library(self) -> None:
        """Fill a new library, with something left to do: files to review, tasks done, drafts, two packs, a page.

        Only where nothing was ever uploaded.
        """
        if (await self._call("GET", "uploads"))["items"]:
            return
        with TemporaryDirectory(prefix="pmd-fresh-") as folder:
            assets = await self.bring_in(await asyncio.to_thread(make_fresh_folder, Path(folder) / "fresh"))
        unjudged = [asset for asset in assets if asset.type == "image"][:UNJUDGED]
        judged = [asset for asset in assets if asset not in unjudged]
        await self.review(judged)
        ids = [asset.id for asset in judged]
        improved = await self.improve(judged)
        await fill_desk(self._api, self._terminal, judged)
        with self._terminal.step("Packs") as step:
            pack = await self._put_together(PACK_NAME, "royalty_free", ids + improved)
            await self._export(pack)
            await self._put_together("Small things", "attribution", ids[:DRAFT_FILES])
            step.detail = "one with its first edition, one still in the making"
        await self._show(pack)

    async def _approve(self, asset_ids: Sequence[int]) -> None:
        for batch in batches(asset_ids, MAX_IDS):
            await self._call("POST", "assets/action", {"action": "approve", "asset_ids": batch})

    async def _put_together(self, name: str, license_type: LicenseType, asset_ids: Sequence[int]) -> dict[str, Any]:
        """A pack of these files, without an edition yet."""
        pack = await self._call("POST", "packs", {"name": name, "license_type": license_type})
        chosen = [{"asset_id": asset_id} for asset_id in asset_ids]
        await self._call("PUT", f"packs/{pack['id']}/assets", {"assets": chosen})
        return pack

    async def _export(self, pack: Mapping[str, Any]) -> None:
        """Build the pack's next edition."""
        export = (await self._call("POST", f"packs/{pack['id']}/export", {}))["export"]
        await self._until_ended(export["id"])

    async def _show(self, pack: Mapping[str, Any]) -> None:
        """Share the pack's page, and open it without an account.

        Raises:
            DemoError: it does not show the pack.
        """
        with self._terminal.step("Pack's page") as step:
            step.detail = (await self._call("POST", f"packs/{pack['id']}/links", {}))["url"]
            async with aiohttp.request("GET", step.detail) as page:
                if page.status != HTTPStatus.OK or pack["name"] not in await page.text():
                    raise DemoError(f"{step.detail} does not show the pack: {page.status}.")

    async def _until_ended(self, job_id: int) -> dict[str, Any]:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while True:
                job = await self._call("GET", f"jobs/{job_id}")
                if job["status"] not in ("pending", "running"):
                    return job
                await asyncio.sleep(POLL_SECONDS)

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return await self._api.call(method, f"/api/pmd/{path}", dict[str, Any], body=body, repeatable=True)


def _choose(posts: Sequence[Post], settings: Settings, among: Collection[str]) -> list[Post]:
    """The newest posts with a known source to compare with, as many as one download may contain."""
    chosen: list[Post] = []
    size = 0
    for post in [post for post in posts if post.art_url in among][: settings.bdr_max_posts]:
        size += post.file_bytes or 0
        if size > settings.bdr_max_bytes:
            break
        chosen.append(post)
    return chosen
