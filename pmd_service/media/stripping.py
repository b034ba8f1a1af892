"""Copies of the library's files that say nothing beside their contents, wherever files go out of it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import NamedTuple

from ..vault import ObjectMissingError, Vault
from .child import Answer, believed, run_batch
from .engine import ENGINES
from .messages import Made, Refused, Work

# What says nothing beside its contents, or what nobody here could take it out of: it goes as it is.
LEFT_AS_THEY_ARE = frozenset(("ico", "tga", "aseprite"))
GONE = ("gone", "Its bytes are gone: send it again.")


class Given(NamedTuple):
    """A file in the vault, and its format."""

    key: str
    file_format: str


class Stripped(NamedTuple):
    """The copy of the file that was given in this place; it lasts as long as the folder."""

    place: int
    path: Path


async def strip_files(vault: Vault, files: Sequence[Given], folder: Path) -> AsyncGenerator[Stripped | Refused, None]:
    """One copy of each file in ``folder``, or why there is none; ``item`` of a refusal is the file's place.

    Raises:
        ChildFaultError, VaultFaultError: it may pass.
    """
    async with AsyncExitStack() as lent:
        works: list[tuple[int, Work]] = []
        for place, (key, file_format) in enumerate(files):
            try:
                source = await lent.enter_async_context(vault.local(key))
            except ObjectMissingError:
                yield Refused(place, *GONE)
                continue
            made = folder / str(place)
            works.append((place, Work(source=str(source), folder=str(made), makes=[f"result.{file_format}"])))
        if not works:
            return
        engine = ENGINES["strip"]
        batch = run_batch(engine.module, [work for _, work in works], folder=folder, limits=engine.limits)
        async with aclosing(batch) as answers:
            async for answer in answers:
                place, work = works[answer.item]
                yield await asyncio.to_thread(_believed, answer, place, Path(work.folder))


def _believed(answer: Answer, place: int, folder: Path) -> Stripped | Refused:
    made = believed(answer, Made, folder, lambda each: [each.name])
    if isinstance(made, Refused):
        return Refused(place, made.code, made.message)
    return Stripped(place, folder / made.name)
