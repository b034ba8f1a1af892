"""Verifying archives and packs byte by byte."""

import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
from pmd_sdk.models import Post

from ..downloads.manifest import ArtworkRecord, Comments, Metadata, Reactions
from ..portable.records import PostRecord
from .error import DemoError

T = TypeVar("T")


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """The archive's contents."""

    artworks: int
    comments: int
    reactions: int


def verify(archive_path: Path, posts: Sequence[Post], sources: Mapping[str, Path]) -> Verified:
    """Open the archive, check every CRC, compare each artwork with its source and the documents with the posts.

    Args:
        posts: what was requested, in order.
        sources: for each ``art_url`` the file that the artwork must be equal to.

    Raises:
        DemoError: anything differs.
    """
    try:
        with zipfile.ZipFile(archive_path) as archive:
            broken = archive.testzip()
            if broken is not None:
                raise DemoError(f"The CRC of {broken} is wrong.")
            metadata = _document(archive, "metadata.json", Metadata)
            _compare_metadata(metadata, posts)
            for record, post in zip(metadata.artworks, posts, strict=True):
                _compare_artwork(archive, record, post, sources)
            _compare_names(archive, metadata)
            comments, reactions = _compare_counts(archive, posts)
            return Verified(artworks=len(posts), comments=comments, reactions=reactions)
    except (zipfile.BadZipFile, KeyError, msgspec.DecodeError, EOFError) as error:
        raise DemoError(f"The archive cannot be read: {error}.") from error


def _document(archive: zipfile.ZipFile, name: str, kind: type[T]) -> T:
    return msgspec.json.decode(archive.read(name), type=kind)


def _compare_metadata(metadata: Metadata, posts: Sequence[Post]) -> None:
    if metadata.missing:
        first = metadata.missing[0]
        raise DemoError(f"{len(metadata.missing)} artworks are missing, the first for this reason: {first.reason}")
    counts = (metadata.artwork_count, metadata.requested_count, len(metadata.artworks))
    if set(counts) != {len(posts)}:
        raise DemoError(f"{len(posts)} artworks were requested, but metadata.json has {counts}.")
    for record, post in zip(metadata.artworks, posts, strict=True):
        described = (record.sqid, record.title, record.width, record.height, record.frame_count, record.license)
        known = (post.public_sqid, post.title, post.width, post.height, post.frame_count, post.license_identifier)
        if described != known:
            raise DemoError(f"metadata.json describes a post as {described}, but it is {known}.")


def _compare_artwork(archive: zipfile.ZipFile, record: ArtworkRecord, post: Post, sources: Mapping[str, Path]) -> None:
    assert post.art_url is not None
    name, source = f"artworks/{record.filename}", sources[post.art_url]
    with archive.open(name) as packed, source.open("rb") as original:
        found = hashlib.file_digest(packed, "sha256")  # type: ignore[arg-type] # its stub forgets readinto
        if found.digest() != hashlib.file_digest(original, "sha256").digest():
            raise DemoError(f"{name} differs from {source}.")


def _compare_names(archive: zipfile.ZipFile, metadata: Metadata) -> None:
    artworks = [f"artworks/{record.filename}" for record in metadata.artworks]
    expected = [*artworks, "metadata.json", "comments.json", "reactions.json"]
    if archive.namelist() != expected:
        raise DemoError("The archive's entries are not those of metadata.json.")


def _compare_counts(archive: zipfile.ZipFile, posts: Sequence[Post]) -> tuple[int, int]:
    comments = _document(archive, "comments.json", Comments).comments_by_artwork
    reactions = _document(archive, "reactions.json", Reactions).reactions_by_artwork
    for post in posts:
        packed = (len(comments.get(post.public_sqid, ())), sum(reactions.get(post.public_sqid, {}).values()))
        if packed != (post.comment_count, post.reaction_count):
            raise DemoError(
                f"Post {post.public_sqid} has {post.comment_count} comments and {post.reaction_count} reactions, "
                f"but the archive has {packed[0]} and {packed[1]}."
            )
    return sum(map(len, comments.values())), sum(sum(emoji.values()) for emoji in reactions.values())


def verify_takeout(path: Path, posts: Sequence[Post]) -> None:
    """Check every CRC of the one file, and that each of these posts is in it.

    Raises:
        DemoError: one is broken, missing or too many.
    """
    with zipfile.ZipFile(path) as archive:
        if (broken := archive.testzip()) is not None:
            raise DemoError(f"The CRC of {broken} is wrong.")
        lines = archive.read("data/posts.jsonl").splitlines()
        names = set(archive.namelist())
    records = [msgspec.json.decode(line, type=PostRecord) for line in lines]
    if {record.id for record in records} != {post.public_sqid for post in posts}:
        raise DemoError(f"{len(records)} of {len(posts)} posts are in {path.name}.")
    if lost := [record.id for record in records if record.file.path not in names]:
        raise DemoError(f"The file of {lost[0]} is not in {path.name}.")


def verify_pack(path: Path) -> int:
    """Check a pack against its own checksums; returns their number.

    Raises:
        DemoError: one of them differs.
    """
    with zipfile.ZipFile(path) as archive:
        (folder,) = {name.partition("/")[0] for name in archive.namelist()}
        lines = archive.read(f"{folder}/checksums.txt").decode().splitlines()
        for line in lines:
            digest, _, name = line.partition("  ")
            if hashlib.sha256(archive.read(f"{folder}/{name}")).hexdigest() != digest:
                raise DemoError(f"{name} in {path.name} differs from checksums.txt.")
    return len(lines)
