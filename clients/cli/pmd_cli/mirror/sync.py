"""One round: what has changed is noted, then the folder is made like it."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path

from pmd_sdk import AsyncClient, PmdError

from ..session import CommandError
from .disk import DESCRIPTION, Disk
from .state import NO_BYTES, Item, State
from .things import KINDS, Thing, pages

PARALLEL = 8
# Of these things at most, one by one; of more their list is read.
FEW = 32
SMALL_BYTES = 1 << 20
COMMIT_EVERY = 64

# What was done, with which thing.
Report = Callable[[str, str, int, str], None]


class Mirror:
    """A folder and the service.

    Args:
        kinds: what is mirrored; another choice than the last one lists everything again.
        report: called for each thing with what was done: ``added``, ``changed``, ``moved``, ``removed`` or ``failed``.
        is_trial: nothing is written to the disk.
    """

    def __init__(
        self,
        client: AsyncClient,
        state: State,
        disk: Disk,
        *,
        kinds: Sequence[str],
        report: Report,
        is_trial: bool = False,
    ) -> None:
        self._client, self._state, self._disk = client, state, disk
        self._kinds, self._report, self._is_trial = sorted(kinds), report, is_trial
        self.counts: Counter[str] = Counter()

    async def identify(self) -> None:
        """Raises: CommandError: the folder is another user's, or another service's."""
        viewer = await self._client.get_viewer()
        owner = f"{viewer.public_sqid} {self._client.base_url}"
        if (known := self._state["owner"]) is not None and known != owner:
            whose = self._state["handle"]
            raise CommandError(
                f"{self._disk.root} mirrors {whose} at {known.split(' ', 1)[1]}; you are {viewer.handle} at "
                f"{self._client.base_url}. Use another folder."
            )
        kinds = ",".join(self._kinds)
        with self._state.transaction():
            self._state["owner"], self._state["handle"] = owner, viewer.handle
            if self._state["kinds"] not in (None, kinds):
                self._state["cursor"] = None
            self._state["kinds"] = kinds

    async def plan(self) -> None:
        """Note everything that has changed; nothing is done yet."""
        self._look_around()
        if self._state["cursor"] is None:
            await self._begin()
        await self._list()
        try:
            await self._read_changes()
        except PmdError as error:
            if error.status != HTTPStatus.GONE:  # what has happened since is not known any more
                raise
            with self._state.transaction():
                self._state["cursor"] = None
            await self._begin()
            await self._list()
            await self._read_changes()
        for kind in self._kinds:
            await self._find(kind)

    def _look_around(self) -> None:
        """What somebody has deleted here is fetched again."""
        gone = [(kind, each) for kind, each, item in self._state.items() if not self._is_there(item)]
        with self._state.transaction():
            for kind, each in gone:
                self._state.must(kind, each, None)

    async def _begin(self) -> None:
        """Take the cursor of now, and then list everything once."""
        page = await self._client.get_changes(kinds=",".join(self._kinds))
        with self._state.transaction():
            self._state["cursor"] = page.next_cursor
            self._state["listing"] = str(int(self._state["listing"] or 0) + 1)
            for kind in self._kinds:
                self._state[f"listing {kind}"] = "begin"

    async def _list(self) -> None:
        """List what is still to be listed, from the page on that an earlier run has reached."""
        listing = int(self._state["listing"] or 0)
        open_ones = [kind for kind in self._kinds if self._state[f"listing {kind}"] is not None]
        for kind in open_ones:
            at = self._state[f"listing {kind}"]
            async for things, cursor in pages(self._client, kind, None if at == "begin" else at):
                with self._state.transaction():
                    for thing in things:
                        self._note(thing)
                        self._state.see(kind, thing.id, listing)
                    self._state[f"listing {kind}"] = cursor
        if open_ones:
            with self._state.transaction():
                for kind, thing_id in self._state.unseen(listing):
                    self._state.must(kind, thing_id, b"")

    async def _read_changes(self) -> None:
        has_more = True
        while has_more:
            kinds, cursor = ",".join(self._kinds), self._state["cursor"]
            page = await self._client.get_changes(cursor=cursor, kinds=kinds, limit=10_000)
            with self._state.transaction():
                for change in page.items:
                    gone = b"" if change.action == "removed" else None
                    self._state.must(change.kind, int(change.id), gone)
                self._state["cursor"] = page.next_cursor
            has_more = page.has_more

    async def _find(self, kind: str) -> None:
        """Read the things that have changed; what is not found is gone."""
        missing = set(self._state.unknown(kind))
        one = KINDS[kind].one
        if len(missing) <= FEW:
            for thing_id in sorted(missing):
                try:
                    found = await one(self._client, thing_id)
                except PmdError as error:
                    if error.status != HTTPStatus.NOT_FOUND:
                        raise
                    continue
                if found is not None:
                    missing.discard(thing_id)
                    with self._state.transaction():
                        self._note(found)
        elif missing:
            async for things, _cursor in pages(self._client, kind, None):
                with self._state.transaction():
                    for thing in things:
                        if thing.id in missing:
                            missing.discard(thing.id)
                            self._note(thing)
                if not missing:
                    break
        with self._state.transaction():
            for thing_id in missing:
                self._state.must(kind, thing_id, b"")

    def _note(self, thing: Thing) -> None:
        """Note what is to be done about a thing, if anything is, and reserve a path for a new one."""
        item = self._state.item(thing.kind, thing.id)
        if item is not None and item.meta == thing.meta and self._is_there(item):
            self._state.done(thing.kind, thing.id)
            return
        if item is None:
            self._state.put(thing.kind, thing.id, Item(self._free_path(thing), "", ""))
        self._state.must(thing.kind, thing.id, thing.text)

    def _is_there(self, item: Item) -> bool:
        return self._disk.is_taken(item.path if item.version != NO_BYTES else f"{item.path}{DESCRIPTION}")

    def _free_path(self, thing: Thing) -> str:
        """The thing's own path, unless another thing has it, or a file of somebody else's is there."""
        path = thing.path
        while self._is_anothers(path, thing):
            stem, dot, extension = path.rpartition(".")
            stem, dot = (stem, dot) if "/" not in extension else (path, "")
            path = f"{stem}~{thing.id}{dot}{extension if dot else ''}"
        return path

    def _is_anothers(self, path: str, thing: Thing) -> bool:
        owners = {self._state.owner_of(path), self._state.owner_of(f"{path}{DESCRIPTION}")}
        owners.add(self._state.owner_of(path.removesuffix(DESCRIPTION)) if path.endswith(DESCRIPTION) else None)
        if owners != {None}:
            return owners - {None} != {(thing.kind, thing.id)}
        return self._disk.is_taken(path) and not self._disk.is_of(path, thing.id)

    async def carry_out(self, advance: Callable[[float], None]) -> None:
        """Make the folder like it was noted.

        Raises:
            OSError, sqlite3.OperationalError: the disk is full, or the like; what is done is done.
            PmdError: the service cannot be reached, or does not know the key.
        """
        todo = self._state.todo()
        if self._is_trial:
            for kind, thing_id in todo:
                self._tell(*self._expected(kind, thing_id))
            return
        self._disk.prepare()
        self._disk.drop_parts({f"{kind}-{thing_id}" for kind, thing_id in todo})
        finished: list[tuple[str, int, Callable[[], None]]] = []
        waiting = iter(todo)

        async def work_off() -> None:
            for kind, thing_id in waiting:
                try:
                    finished.append((kind, thing_id, await self._do(kind, thing_id)))
                except PmdError as error:
                    if error.status in (None, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
                        raise
                    self._tell("failed", kind, thing_id, str(error))
                advance(1)
                if len(finished) >= COMMIT_EVERY:
                    self._commit(finished)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(PARALLEL):
                    group.create_task(work_off())
        except ExceptionGroup as several:
            raise several.exceptions[0] from None  # one error ends all
        finally:
            self._commit(finished)

    def _commit(self, finished: list[tuple[str, int, Callable[[], None]]]) -> None:
        """Note what is done, once it is durable."""
        noted, finished[:] = [*finished], []
        self._disk.settle()
        with self._state.transaction():
            for kind, thing_id, note in noted:
                note()
                self._state.done(kind, thing_id)

    def _expected(self, kind: str, thing_id: int) -> tuple[str, str, int, str]:
        item, text = self._state.item(kind, thing_id), self._state.thing(kind, thing_id)
        if not text:
            return "removed", kind, thing_id, item.path if item else ""
        thing = KINDS[kind].read(text)
        action = "added" if item is None or not item.version else "changed"
        return action, kind, thing_id, item.path if item else thing.path

    async def _do(self, kind: str, thing_id: int) -> Callable[[], None]:
        """Do what is to be done about a thing; returns what notes that it is done."""
        item, text = self._state.item(kind, thing_id), self._state.thing(kind, thing_id)
        if not text:
            if item is not None:
                await asyncio.to_thread(self._disk.remove, item.path)
                self._tell("removed", kind, thing_id, item.path)
            return lambda: self._state.forget(kind, thing_id)
        thing = KINDS[kind].read(text)
        assert item is not None, "its path was reserved when it was noted"
        action, path = "changed" if item.version else "added", item.path
        if self._has_moved(item, thing) and (path := self._free_path(thing)) != item.path:
            with self._state.transaction():  # at once, so that no other thing gets this path
                self._state.put(kind, thing_id, item._replace(path=path, meta=""))
            await asyncio.to_thread(self._disk.move, item.path, path)
            action = "moved"
        has_bytes = await self._fetch(thing, path, item.version)
        await asyncio.to_thread(self._describe, thing, path)
        self._tell(action, kind, thing_id, path)
        return lambda: self._state.put(kind, thing_id, Item(path, thing.version if has_bytes else NO_BYTES, thing.meta))

    def _has_moved(self, item: Item, thing: Thing) -> bool:
        """Whether its path would be another one; one that had to be changed to be free is kept."""
        plain = item.path.replace(f"~{thing.id}", "")
        return plain.casefold() != thing.path.casefold()

    async def _fetch(self, thing: Thing, path: str, version: str) -> bool:
        """Bring the bytes, unless they are there; False if there are none."""
        if not thing.version:
            return False
        if version == thing.version and self._disk.is_taken(path):
            return True
        if self._disk.size(path) == thing.size and await asyncio.to_thread(self._disk.sha256, path) == thing.sha256:
            return True
        content, part = KINDS[thing.kind].content(self._client, thing.id), self._disk.part(thing.kind, thing.id)
        try:
            if thing.size <= SMALL_BYTES:
                data = await content.read()
                _require(hashlib.sha256(data).hexdigest(), thing)
                await asyncio.to_thread(self._disk.write, part, path, data)
            else:
                await content.save(part)
                if thing.sha256 is not None:
                    found = await asyncio.to_thread(_sha256, part)
                    try:
                        _require(found, thing)
                    except PmdError:
                        part.unlink()
                        raise
                await asyncio.to_thread(self._disk.publish, part, path)
        except PmdError as error:
            if thing.kind != "post" or error.status != HTTPStatus.NOT_FOUND:
                raise
            return False  # the file of a post that is elsewhere, or no picture
        return True

    def _describe(self, thing: Thing, path: str) -> None:
        part = self._disk.part(thing.kind, thing.id)
        self._disk.write(part.with_name(f"{part.name}{DESCRIPTION}"), f"{path}{DESCRIPTION}", thing.text)

    def _tell(self, action: str, kind: str, thing_id: int, path: str) -> None:
        self.counts[action] += 1
        self._report(action, kind, thing_id, path)


def _require(sha256: str, thing: Thing) -> None:
    """Raises: PmdError: these are other bytes than the library has."""
    if thing.sha256 is not None and sha256 != thing.sha256:
        message = f"{thing.path} arrived damaged; the next run fetches it again."
        raise PmdError(message, status=HTTPStatus.BAD_GATEWAY, code="damaged")


def _sha256(part: Path) -> str:
    with part.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
