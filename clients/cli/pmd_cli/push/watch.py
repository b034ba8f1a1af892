"""Watched folders: a new file is sent once it has not changed for a while.

inotify has no “finished writing” event, reports a move as deletion and addition, and misses files that are created
immediately inside a new folder or written through another name. So an event only shows where to check; new folders are
scanned, and all folders from time to time.
"""

import asyncio
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from pathlib import Path

from pmd_sdk import AsyncClient, PmdError, models
from watchfiles import Change, awatch

from ..output import printable
from .announce import announced, batches
from .files import Found, Hashed, find_file, find_files, is_shown, mirror_of, path_below
from .push import hash_all, push_files
from .terminal import WORDS, Terminal

STILL_SECONDS = 2.0
TICK_SECONDS = 0.2
MIN_TICK_SECONDS = 0.02
RESCAN_SECONDS = 60.0
# How long watchfiles collects events before it reports them.
GATHER_MS = 20

# A file's size and mtime: if equal, it has not changed.
State = tuple[int, int]


class Folder:
    """The state of the watched folders: files that are changing, since when each is unchanged, and those handled."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = [root.resolve() for root in roots]
        self._moving: dict[Path, tuple[State, float]] = {}
        self._done: dict[Path, State] = {}

    def changed(self, file: Path, now: float) -> None:
        """Handle an event: of a file, or of a folder, which is scanned."""
        if file.is_dir():
            self.scan(now, below=file)
            return
        root = self._root_of(file)
        if root is None or not is_shown(file.relative_to(root)):
            return
        if (found := find_file(file, "")) is None:
            self._moving.pop(file, None)
            self._done.pop(file, None)
            return
        state = (found.size, found.mtime_ns)
        if self._done.get(file) != state and self._moving.get(file, (None, 0.0))[0] != state:
            self._moving[file] = (state, now)

    def scan(self, now: float, *, below: Path | None = None) -> None:
        """Scan everything, or one folder."""
        for root in self._roots:
            for found in find_files([root] if below is None else [below]):
                self.changed(found.file, now)

    def settled(self, now: float) -> list[Found]:
        """The files that have been unchanged for long enough; each is returned once unless it changes again."""
        ready = []
        for file, (state, since) in list(self._moving.items()):
            root = self._root_of(file)
            found = find_file(file, path_below(root, file)) if root else None
            if found is None:
                del self._moving[file]
            elif (found.size, found.mtime_ns) != state or (now - since >= STILL_SECONDS and not found.size):
                self._moving[file] = ((found.size, found.mtime_ns), now)  # an empty file is still to be written
            elif now - since >= STILL_SECONDS:
                del self._moving[file]
                self._done[file] = state
                if mirror_of(file) is None:
                    ready.append(found)
        return ready

    def next_check(self, now: float) -> float:
        """Seconds until a file may have settled, or until the next check."""
        still = min((since + STILL_SECONDS - now for _, since in self._moving.values()), default=TICK_SECONDS)
        return min(max(still, MIN_TICK_SECONDS), TICK_SECONDS)

    def again(self, found: Iterable[Found]) -> None:
        """These could not be sent: the next scan returns them again."""
        for each in found:
            self._done.pop(each.file, None)

    def _root_of(self, file: Path) -> Path | None:
        return next((root for root in self._roots if file.is_relative_to(root)), None)


async def watch(client: AsyncClient, roots: Sequence[Path], *, defaults: models.Defaults, terminal: Terminal) -> None:
    """Send new files of these folders, until cancelled.

    Raises:
        PmdError: the service rejects the key.
    """
    folder, loop = Folder(roots), asyncio.get_running_loop()
    listening = asyncio.create_task(_listen(folder, roots), name="watching")
    scanned = float("-inf")
    terminal.show(f"Watching {', '.join(map(str, roots))} …")
    try:
        while not listening.done():
            if loop.time() - scanned > RESCAN_SECONDS:
                scanned = loop.time()
                folder.scan(scanned)
            if ready := folder.settled(loop.time()):
                await _send(client, folder, ready, defaults, terminal)
            await asyncio.sleep(folder.next_check(loop.time()))
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    listening.result()


async def _listen(folder: Folder, roots: Sequence[Path]) -> None:
    loop = asyncio.get_running_loop()
    async for changes in awatch(*roots, debounce=GATHER_MS, step=GATHER_MS, watch_filter=None, recursive=True):
        for change, path in changes:
            if change is not Change.deleted:
                folder.changed(Path(path), loop.time())


async def _send(
    client: AsyncClient, folder: Folder, ready: Sequence[Found], defaults: models.Defaults, terminal: Terminal
) -> None:
    try:
        if new := await _only_new(client, ready, terminal):
            result = await push_files(client, new, name=None, defaults=defaults, terminal=terminal)
            for line in result.ended:
                terminal.show(
                    f"{printable(result.name_of(line))}: {line.error_message or WORDS[line.outcome or 'failed']}"
                )
            for path in result.unreadable:
                terminal.show(f"{printable(path)}: cannot be read.")
    except PmdError as error:
        if error.status == HTTPStatus.UNAUTHORIZED:
            raise  # the key was revoked: nothing will be accepted any more
        terminal.show(str(error))
        folder.again(ready)


# Why a file is not sent.
_SKIPPED = {"already_there": WORDS["already_there"], "in_trash": "in your library's trash, and not sent again"}


async def _only_new(client: AsyncClient, ready: Sequence[Found], terminal: Terminal) -> list[Hashed]:
    """The files that the library does not have; those in its trash stay there."""
    hashed, unreadable = await hash_all(ready)
    for path in unreadable:
        terminal.show(f"{printable(path)}: cannot be read.")
    new = []
    for page in batches(hashed):
        for each, answer in zip(
            page, (await client.post_upload_check(files=[announced(one) for one in page])).items, strict=True
        ):
            if answer.verdict == "new":
                new.append(each)
            else:
                terminal.show(f"{printable(each.name)}: {answer.message or _SKIPPED[answer.verdict]}")
    return new
