"""The documents that grow while a takeout is written: lines of JSON, ``outbox.json``, and the gallery's pages."""

import hashlib
import tempfile
from base64 import b64encode
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime
from typing import IO

import msgspec
from markupsafe import Markup

from ...locales.templates import render
from ...portable.activity import Create, outbox_head
from ...portable.records import DocumentRecord, FileRecord, Manifest, PackRecord, PostRecord, TakenFile

CHUNK_BYTES = 256 << 10
SPOOLED_BYTES = 2 << 20  # of each document in memory
GALLERY_ITEMS = 200  # a page
NEWEST_ITEMS = 24  # on index.html
_ENCODER = msgspec.json.Encoder()


class Spool(AbstractContextManager["Spool"]):
    """Records that are written as they come, and read once at the end; many are spooled to a file. May block."""

    def __init__(self) -> None:
        self.count = 0
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=SPOOLED_BYTES)  # noqa: SIM115 - our own exit

    def add_lines(self, records: Sequence[msgspec.Struct]) -> None:
        self.count += len(records)
        self._file.write(_ENCODER.encode_lines(records))

    def add_items(self, records: Sequence[msgspec.Struct]) -> None:
        """As items of a JSON array, without its brackets."""
        if records:
            self._file.write(b",\n" if self.count else b"\n")
            self._file.write(_ENCODER.encode(records)[1:-1])
            self.count += len(records)

    async def chunks(self) -> AsyncGenerator[bytes]:
        self._file.seek(0)
        while chunk := self._file.read(CHUNK_BYTES):
            yield chunk

    def __exit__(self, *_: object) -> None:
        self._file.close()


class Documents(AbstractContextManager["Documents"]):
    """What is known of a takeout's contents so far.

    Args:
        language: the tag of the gallery's language.
    """

    def __init__(self, language: str | None) -> None:
        self._open = ExitStack()
        self.posts, self.files, self.packs = self._spool(), self._spool(), self._spool()
        self.activities = self._spool()
        self.shown_posts, self.shown_files = Gallery("posts", language), Gallery("files", language)
        self.language = language
        self.editions: list[EditionLink] = []
        self.listed: list[DocumentRecord] = []

    def _spool(self) -> Spool:
        return self._open.enter_context(Spool())

    def add_posts(self, records: Sequence[PostRecord], activities: Sequence[Create]) -> None:
        self.posts.add_lines(records)
        self.activities.add_items(activities)
        self.shown_posts.add([_post_item(each) for each in records])

    def add_files(self, records: Sequence[FileRecord]) -> None:
        self.files.add_lines(records)
        self.shown_files.add([_file_item(each) for each in records])

    def add_pack(self, record: PackRecord) -> None:
        self.packs.add_lines([record])
        self.editions += [
            EditionLink(pack=record.name, number=each.edition, path=each.file.path)
            for each in record.editions
            if each.file.path
        ]

    async def outbox(self) -> AsyncGenerator[bytes]:
        yield outbox_head(self.activities.count)
        async for chunk in self.activities.chunks():
            yield chunk
        yield b"\n]}\n"

    async def listed_stream(
        self, path: str, chunks: AsyncIterable[bytes], *, lines: int | None = None
    ) -> AsyncGenerator[bytes]:
        """The document's bytes; at their end it is listed."""
        digest, size = hashlib.sha256(), 0
        async for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            yield chunk
        self.listed.append(DocumentRecord(path=path, sha256=digest.hexdigest(), size_bytes=size, lines=lines))

    def __exit__(self, *_: object) -> None:
        self._open.close()


class EditionLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link to the archive of a pack's edition."""

    pack: str
    number: int
    path: str


class Item(msgspec.Struct, frozen=True):
    """What a gallery shows of a post or a file."""

    file: TakenFile
    title: str | None
    text: str | None
    notes: Sequence[str]
    created_at: datetime
    is_hidden: bool = False


class Gallery:
    """Pages of pictures, rendered as they fill, as ``gallery/{name}-1.html`` …"""

    def __init__(self, name: str, language: str | None) -> None:
        self._name, self._language = name, language
        self._items: list[Item] = []
        self._rendered: list[tuple[str, bytes]] = []
        self.pages: list[str] = []
        self.newest: deque[Item] = deque(maxlen=NEWEST_ITEMS)

    def add(self, items: Iterable[Item]) -> None:
        for item in items:
            self._items.append(item)
            self.newest.append(item)
            if len(self._items) == GALLERY_ITEMS:
                self._render()

    def take_pages(self, *, is_last: bool = False) -> Sequence[tuple[str, bytes]]:
        """The pages that are full, each with its path; each once."""
        if is_last and self._items:
            self._render()
        pages, self._rendered = self._rendered, []
        return pages

    def _render(self) -> None:
        number = len(self.pages) + 1
        path = f"gallery/{self._name}-{number}.html"
        self.pages.append(path)
        text = _page("gallery.html", self._language, root="../", name=self._name, number=number, items=self._items)
        self._rendered.append((path, text))
        self._items = []


def render_index(documents: Documents, manifest: Manifest, *, pack_count: int) -> bytes:
    """``index.html``."""
    values = {"documents": documents, "manifest": manifest, "pack_count": pack_count}
    return _page("index.html", documents.language, root="", **values)


def _post_item(post: PostRecord) -> Item:
    notes = [*([post.license] if post.license else []), *(f"#{tag}" for tag in post.hashtags)]
    is_hidden = post.is_hidden or post.is_hidden_by_moderator
    return Item(post.file, post.title, post.description, notes, post.created_at, is_hidden=is_hidden)


def _file_item(file: FileRecord) -> Item:
    stars = ["★" * file.rating] if file.rating else []
    notes = [*stars, *([file.license] if file.license else []), *(f"#{tag}" for tag in file.hashtags)]
    return Item(file.file, file.name, file.note, notes, file.created_at)


def _page(template: str, language: str | None, **values: object) -> bytes:
    style = render(__package__, "gallery.css.jinja", language)
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    values |= {"style": Markup(style), "style_digest": digest}  # noqa: S704 - our own
    return render(__package__, f"{template}.jinja", language, **values).encode()
