"""Posts of files: what the site takes, the copies that they get, and their rows."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import msgspec
from msgspec import UNSET

from ..assets.asset import VAULT_PREFIX, Asset, Provenance, key_of
from ..assets.disclosures import Marks, record_disclosures
from ..assets.types import AiDisclosure
from ..base.database import Connection
from ..base.settings import Settings
from ..locales import translatable
from ..media.messages import Faulted, Refused
from ..media.stripping import GONE, Given, Stripped, strip_files
from ..site.details import PostDetails, add_details
from ..vault import ObjectMissingError, Stored, Vault
from .post_values import PostValues

# What a file's origin says about AI.
DISCLOSED_BY: dict[Provenance, AiDisclosure] = {"ai_generated": "generated"}


class Shown(Protocol):
    """What is known of a file without reading it."""

    @property
    def type(self) -> str: ...
    @property
    def file_format(self) -> str: ...
    @property
    def width(self) -> int | None: ...
    @property
    def height(self) -> int | None: ...


class NewPost(msgspec.Struct, frozen=True, kw_only=True):
    """The values of a post that is made."""

    title: str
    description: str | None
    hashtags: Sequence[str]
    license_id: int | None
    is_hidden: bool
    marks: Marks
    details: PostDetails
    created_at: datetime | None = None  # now


_INSERT = """
WITH post AS (
    INSERT INTO posts (owner_id, kind, title, description, hashtags, art_url, width, height, frame_count, file_format,
                       file_bytes, license_id, hidden_by_user, created_at)
    SELECT user_id, 'artwork', $3, $4, $5, $6, width, height, frame_count, file_format, $7, $8, $9,
           least($10, now())
      FROM asset
     WHERE id = $1 AND user_id = $2
    RETURNING id)
UPDATE asset SET post_id = post.id, updated_at = now() FROM post WHERE asset.id = $1 RETURNING post_id
"""


_FORMAT = translatable("Posts can be {formats}, and this is {format}: convert it.")
_CANVAS = translatable("Posts can have at most {side} × {side} pixels; this has {width} × {height}.")
_TOO_LARGE = translatable("Posts can have at most {most} bytes; this has {size}.")


def title_of(name: str) -> str:
    """A title from a file's name."""
    return name.rpartition(".")[0] or name


def refusal_of(file: Shown, settings: Settings) -> tuple[str, str] | None:
    """Why the site does not take a file, as a code and a sentence, by what is known of it without reading it."""
    formats = settings.formats_of_posts
    side = settings.post_max_canvas
    if file.type == "other":
        return "not_an_image", translatable("This file can be stored and packed, but not shown: posts show images.")
    if file.type != "image":
        return "not_an_image", translatable("Posts show images, and this is not one.")
    if file.file_format not in formats:
        return "format", _FORMAT.format(formats=", ".join(formats), format=file.file_format)
    if max(file.width or 0, file.height or 0) > side:
        return "canvas", _CANVAS.format(side=side, width=file.width, height=file.height)
    return None


def too_large(size: int, settings: Settings) -> tuple[str, str] | None:
    """Why the site does not take a copy of so many bytes."""
    most = settings.post_max_bytes
    return ("too_large", _TOO_LARGE.format(most=f"{most:,}", size=f"{size:,}")) if size > most else None


def copies_of(
    vault: Vault, assets: Sequence[Asset], marks: Marks, folder: Path
) -> AsyncGenerator[Stripped | Refused | Faulted, None]:
    """The copies that posts get; each is there until the next.

    Raises:
        ChildFaultError: no child can be started.
    """
    files = [Given(key_of(asset.path), asset.file_format) for asset in assets]
    return strip_files(vault, files, folder) if marks == "strip" else _unchanged(vault, files)


async def _unchanged(vault: Vault, files: Sequence[Given]) -> AsyncGenerator[Stripped | Refused | Faulted, None]:
    for place, given in enumerate(files):
        try:
            async with vault.local(given.key) as path:
                yield Stripped(place, path)
        except ObjectMissingError:
            yield Refused(place, *GONE)


def art_key(sqid: str, file_format: str) -> str:
    """A name that is used once: a copy that is not published is removed, and must not be another post's."""
    return f"art/{sqid}/{uuid4().hex}.{file_format}"


def post_of(asset: Asset, given: PostValues | None, *, is_hidden: bool, marks: Marks) -> NewPost:
    """The file's own values, and instead of some those that were given."""
    own = given or PostValues(asset_id=asset.id)
    details = PostDetails(
        alt_text=asset.alt_text if own.alt_text is UNSET else own.alt_text,
        content_warnings=asset.content_warnings if own.content_warnings is UNSET else own.content_warnings,
        ai_disclosure=DISCLOSED_BY.get(asset.provenance) if own.ai_disclosure is UNSET else own.ai_disclosure,
        ai_opt_out=asset.ai_opt_out if own.ai_opt_out is UNSET else own.ai_opt_out,
    )
    return NewPost(
        title=own.title or title_of(asset.name),
        description=own.description or None,
        hashtags=asset.hashtags if own.hashtags is UNSET else own.hashtags,
        license_id=asset.license_id if own.license_id is UNSET else own.license_id,
        is_hidden=is_hidden,
        marks=marks,
        details=details,
    )


async def insert_post(connection: Connection, asset_id: int, stored: Stored, new: NewPost, *, user_id: int) -> int:
    """The post that shows this copy of a file, which the transaction has locked."""
    post_id: int = await connection.fetchval(
        _INSERT,
        asset_id,
        user_id,
        new.title,
        new.description,
        new.hashtags,
        f"{VAULT_PREFIX}{stored.key}",
        stored.size,
        new.license_id,
        new.is_hidden,
        new.created_at,
    )
    await add_details(connection, owner_id=user_id, post_id=post_id, details=new.details)
    if new.marks == "keep":
        await record_disclosures(connection, post_id=post_id, asset_id=asset_id)
    return post_id
