"""An unreadable artwork is missing from the download and reported."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from types import MappingProxyType
from typing import Any

import pytest

from pmd_service.vault import ArtworkUnavailableError, ObjectUnreadableError, Source, Vault
from pmd_service.vault.base import Head

from .conftest import Builder


class Unreadable:
    """An artwork's object that is found, and cannot be read: from its beginning, or in its middle."""

    def __init__(self, source: Source, bytes_before: int) -> None:
        self.key, self.size, self.modified, self.tag = source.key, source.size, source.modified, source.tag
        self._source = source
        self._bytes_before = bytes_before

    def open(self) -> AbstractContextManager[Iterator[bytes]]:
        if not self._bytes_before:
            raise ObjectUnreadableError(self.key, "is refused")
        return self._broken()

    @contextmanager
    def _broken(self) -> Iterator[Iterator[bytes]]:
        def chunks(data: Iterator[bytes]) -> Iterator[bytes]:
            yield next(data)[: self._bytes_before]
            raise ObjectUnreadableError(self.key, "has other bytes than it had")

        with self._source.open() as data:
            yield chunks(data)


def spoil(monkeypatch: pytest.MonkeyPatch, vault: Vault, broken: dict[str, int]) -> None:
    """Let these keys be found, and break off after so many bytes."""
    locate = vault.locate_artworks

    async def locate_artworks(
        art_urls: Sequence[str], known: Mapping[str, Head] = MappingProxyType({})
    ) -> list[Source | ArtworkUnavailableError]:
        return [
            Unreadable(found, broken[found.key]) if not isinstance(found, Exception) and found.key in broken else found
            for found in await locate(art_urls, known)
        ]

    monkeypatch.setattr(vault, "locate_artworks", locate_artworks)


@pytest.mark.stores
async def test_one_unreadable_artwork_of_thirty_is_missing(builder: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    site = builder.site
    posts = await site.add_posts(builder.artist, 30)
    spoil(monkeypatch, builder.worker.vault, {f"art/{posts[0]}.png": 0, f"art/{posts[11]}.png": 4})
    row = await builder.build(await builder.request(posts))
    assert (row["status"], row["attempt"], row["faults"], row["processed_count"]) == ("ready", 1, 0, 30)
    assert row["missing"] == [
        {"sqid": site.sqid(post), "title": f"Artwork {at}", "reason": "The artwork's file cannot be read."}
        for at, post in ((0, posts[0]), (11, posts[11]))
    ]
    with await builder.archive(row) as archive:
        assert archive.testzip() is None
        wanted = [post for post in posts if post not in (posts[0], posts[11])]
        assert archive.namelist() == [*(f"artworks/{site.sqid(post)}.png" for post in wanted), "metadata.json"]
        assert json.loads(archive.read("metadata.json"))["missing"] == row["missing"]
    assert await site.keys() == [row["file_path"]]


@pytest.mark.parametrize("step", ["locate_artworks", "linked"])
async def test_files_changed_before_linking_are_missing(
    builder: Builder, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """They may be read for their sums before they change, or afterwards."""
    site = builder.site
    posts = await site.add_posts(builder.artist, 5)
    vault = builder.worker.vault
    original = getattr(vault, step)

    def harm() -> None:
        site.write(f"art/{posts[1]}.png", b"shorter")
        (site.vault / f"art/{posts[2]}.png").unlink(missing_ok=True)

    async def harmed(*args: Any, **options: Any) -> Any:
        if step == "linked":
            harm()
            return await original(*args, **options)
        found = await original(*args, **options)
        harm()
        return found

    monkeypatch.setattr(vault, step, harmed)
    row = await builder.build(await builder.request(posts))
    assert (row["status"], row["attempt"], row["faults"]) == ("ready", 1, 0)
    assert [entry["sqid"] for entry in row["missing"]] == [site.sqid(post) for post in posts[1:3]]
    with await builder.archive(row) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 4


async def test_request_with_only_unreadable_artworks_names_them_all(
    builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = await builder.site.add_posts(builder.artist, 3)
    spoil(monkeypatch, builder.worker.vault, {f"art/{post}.png": number for number, post in enumerate(posts)})
    row = await builder.build(await builder.request(posts))
    assert (row["status"], row["error_message"]) == ("failed", "None of the requested artworks is available any more.")
    assert len(row["missing"]) == 3
    assert await builder.site.keys() == []
