"""The clients: artists with artworks, files and packs, who use the API carefully."""

import asyncio
import hashlib
import random
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import numpy as np
from PIL import Image
from pmd_cli.push.files import find_files
from pmd_cli.push.push import push_files
from pmd_cli.push.terminal import Terminal
from pmd_sdk import AsyncClient, PmdError
from pmd_sdk.models import Defaults

from tests.media.files import PALETTE, save_sound, tone

# A drawing of a program may count as the artist's own: no pack could be made of it otherwise.
OWN = Defaults(source="own work", provenance="user_provided")
AT_ONCE = 128  # ids in one call
IN_A_PACK = 3
SPRITE = 16
LARGE_SECONDS = 20.0


class Sent(msgspec.Struct, frozen=True):
    """An upload that the service has called settled: whose it was, and the SHA-256 of each file."""

    user_id: int
    hashes: frozenset[str]


class Receipts(msgspec.Struct, kw_only=True):
    """What the service has accepted: each must end well exactly once."""

    artworks: list[int] = msgspec.field(default_factory=list)  # the posts of before the soak
    downloads: list[UUID] = msgspec.field(default_factory=list)
    messages: list[UUID] = msgspec.field(default_factory=list)  # the downloads and takeouts to be announced by mail
    takeouts: list[UUID] = msgspec.field(default_factory=list)
    tasks: list[int] = msgspec.field(default_factory=list)
    posts: list[int] = msgspec.field(default_factory=list)  # the files that were published
    packs: list[int] = msgspec.field(default_factory=list)
    uploads: list[Sent] = msgspec.field(default_factory=list)


class Artist:
    """One user and what is theirs; each piece of work is requested until the service has accepted it.

    Args:
        posts: the artworks to download.
    """

    def __init__(self, api: AsyncClient, user_id: int, posts: Sequence[int], receipts: Receipts) -> None:
        self._api = api
        self._user_id = user_id
        self._posts = posts
        self._receipts = receipts
        receipts.artworks.extend(posts)
        # What a task, a post or an export is requested for once.
        self._sources: list[tuple[int, str]] = []
        self._unpublished: list[int] = []
        self._packs: list[int] = []

    async def prepare(self, folder: Path, *, tasks: int, posts: int, packs: int) -> None:
        """Bring in the files that tasks, posts and packs are about, while all is well."""
        if not tasks + posts + packs:
            return
        await asyncio.to_thread(draw_files, folder, max(tasks, IN_A_PACK))
        await asyncio.to_thread(draw_sprites, folder / "posts", posts)
        await push_files(
            self._api, [*find_files([folder])], name="sources", defaults=OWN, terminal=Terminal(silent=True)
        )
        assets = (await self._api.get_assets(state="new", limit=512)).items
        ids = [asset.id for asset in assets]
        for first in range(0, len(ids), AT_ONCE):
            await self._post("assets/action", {"action": "approve", "asset_ids": ids[first : first + AT_ONCE]})
        self._unpublished = [asset.id for asset in assets if asset.type == "image"][:posts]
        rest = [asset for asset in assets if asset.id not in self._unpublished]
        self._sources = [(asset.id, asset.type) for asset in rest][:tasks]
        for number in range(packs):
            chosen = [{"asset_id": asset_id} for asset_id in random.sample(ids, IN_A_PACK)]
            body = {"name": f"Pack {number}", "license_type": "royalty_free", "marks": "keep", "assets": chosen}
            self._packs.append((await self._post("packs", body))["id"])

    async def download(self) -> None:
        """Some artworks, quietly."""
        await self._ask_for(random.randint(len(self._posts) // 2, len(self._posts)), send_email=False)

    async def message(self) -> None:
        """One artwork, and a message when it is there."""
        self._receipts.messages.append(await self._ask_for(1, send_email=True))

    async def _ask_for(self, count: int, *, send_email: bool) -> UUID:
        body = {"post_ids": random.sample(self._posts, count), "send_email": send_email, "include_reactions": True}
        bdr_id = UUID((await self._post("bdr", body))["id"])
        self._receipts.downloads.append(bdr_id)
        return bdr_id

    async def takeout(self) -> None:
        """Everything, and a message in the end."""
        takeout_id = UUID((await self._post("takeout", {"send_email": True}))["id"])
        self._receipts.takeouts.append(takeout_id)
        self._receipts.messages.append(takeout_id)

    async def upload(self, folder: Path) -> None:
        """A few files, one of them undecodable, and sometimes a large one."""
        files = await asyncio.to_thread(draw_files, folder, random.randint(2, 4), large=random.random() < 0.3)
        files.append(folder / "notes.txt")
        files[-1].write_text(uuid4().hex)
        hashes = frozenset(map(_sha256, files))
        found = [*find_files([folder])]
        result = await push_files(self._api, found, name=folder.name, defaults=OWN, terminal=Terminal(silent=True))
        # The release before accepts nothing that it cannot probe.
        refused = {line.sha256 for line in result.ended if line.error_code == "unsupported_type"} & {_sha256(files[-1])}
        self._receipts.uploads.append(Sent(self._user_id, hashes - refused))

    async def task(self) -> None:
        """A sprite enlarged, or a sound without its silent ends: each source once."""
        asset_id, kind = self._sources.pop()
        body = (
            {"kind": "upscale", "params": {"factor": 2}}
            if kind == "image"
            else {"kind": "enhance", "params": {"operations": [{"op": "trim_silence"}]}}
        )
        (job,) = (await self._post("jobs", {**body, "asset_ids": [asset_id]}))["items"]
        self._receipts.tasks.append(job["id"])

    async def publish(self) -> None:
        """A sprite as a post, requested again until it is one: that must not make two."""
        asset_id = self._unpublished.pop()
        (published,) = (await self._post("assets/publish", {"asset_ids": [asset_id]}))["items"]
        if published["outcome"] == "refused":
            raise PmdError(published["message"], status=HTTPStatus.UNPROCESSABLE_ENTITY, code=published["code"])
        self._receipts.posts.append(asset_id)

    async def pack(self) -> None:
        """An edition of a pack that has none; exports have no idempotency key, so check first when unsure."""
        pack_id = self._packs.pop()

        async def attempt() -> None:
            if (await self._api.get_pack(pack_id)).export is None:
                await self._api.post_pack_export(pack_id)

        await self._api.retrying(attempt)
        self._receipts.packs.append(pack_id)

    async def _post(self, path: str, body: dict[str, Any]) -> Any:
        """The same key until there is an answer, so that repeated requests are one."""
        keyed = {"Idempotency-Key": uuid4().hex}
        return await self._api.call("POST", f"/api/pmd/{path}", Any, body=body, headers=keyed, repeatable=True)


def draw_files(folder: Path, count: int, *, large: bool = False) -> list[Path]:
    """So many different small files, sprites and a sound for every fourth; blocks.

    Args:
        large: whether one is a sound of some megabytes besides.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for number in range(count):
        if number % 4 == 3:
            quiet = np.zeros(4_410, np.float32)
            played = tone(0.3, hz=random.uniform(200, 2_000))
            files.append(save_sound(folder / f"{number}.wav", np.concatenate([quiet, played, quiet])))
        else:
            files.append(_save_sprite(folder / f"{number}.png"))
    if large:
        noise = np.random.default_rng().uniform(-0.5, 0.5, int(LARGE_SECONDS * 44_100))
        files.append(save_sound(folder / "large.wav", noise.astype(np.float32)))
    return files


def draw_sprites(folder: Path, count: int) -> list[Path]:
    """So many different sprites; blocks."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_save_sprite(folder / f"{number}.png") for number in range(count)]


def _save_sprite(path: Path) -> Path:
    """Pixel art that no other file equals."""
    colours = np.array(PALETTE, np.uint8)
    pixels = colours[np.random.default_rng().integers(len(colours), size=(SPRITE, SPRITE))]
    Image.fromarray(pixels).save(path)
    return path


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
