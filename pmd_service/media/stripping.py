"""Copies of library files without metadata, for publishing and packs.

In a thread: checking a result by several system calls in one hop.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import NamedTuple

import msgspec

from ..vault import ObjectMissingError, Vault
from . import caps
from .child import Answer, checked_answer, run_batch, run_one
from .formats import FORMATS
from .kind import ENGINES, engine
from .messages import Faulted, Output, Refused, Work
from .rights import NOT_WRITTEN, Rights

STRIP_ENGINE = engine(f"{ENGINES}.strip", cpu_seconds=120, output_bytes=caps.VIDEO_BYTES)
# Formats that carry no metadata.
LEFT_AS_THEY_ARE = frozenset(form for form, each in FORMATS.items() if each.is_bare)
# Formats from which no metadata can be removed, though they may carry some.
CANNOT_STRIP = frozenset(form for form, each in FORMATS.items() if each.for_work) - LEFT_AS_THEY_ARE
GONE = ("gone", "Its bytes are gone: send it again.")


class Given(NamedTuple):
    """A file to strip: its key in the vault, its format, and what its copy is to say."""

    key: str
    file_format: str
    rights: Rights = Rights()


class Stripped(NamedTuple):
    """The copy of the file with this index; it lasts as long as the folder.

    ``says_rights``: whether it says what it was to say.
    """

    place: int
    path: Path
    says_rights: bool = False


async def strip_files(
    vault: Vault, files: Sequence[Given], folder: Path
) -> AsyncGenerator[Stripped | Refused | Faulted, None]:
    """A copy of each file in ``folder``, or why there is none, where ``item`` is the file's index.

    Raises:
        ChildFaultError: no child can be started.
        VaultFaultError: may pass.
    """
    async with AsyncExitStack() as lent:
        works: list[tuple[int, Work]] = []
        for place, (key, file_format, rights) in enumerate(files):
            try:
                source = await lent.enter_async_context(vault.local(key))
            except ObjectMissingError:
                yield Refused(place, *GONE)
                continue
            copy = folder / str(place)
            params, names = msgspec.to_builtins(rights), [f"result.{file_format}"]
            works.append((place, Work(source=str(source), folder=str(copy), output_names=names, params=params)))
        if not works:
            return
        batch = run_batch(STRIP_ENGINE.module, [work for _, work in works], folder=folder, limits=STRIP_ENGINE.limits)
        async with aclosing(batch) as answers:
            async for answer in answers:
                place, work = works[answer.item]
                yield await asyncio.to_thread(_checked, answer, place, files[place], Path(work.folder))


async def strip_file(source: Path, file_format: str, folder: Path) -> Path | Refused:
    """A copy of a file on this machine, in ``folder``, or why there is none.

    Raises:
        ChildFaultError: the child failed for no fault of the file; may pass.
    """
    work = Work(source=str(source), folder=str(folder), output_names=[f"result.{file_format}"])
    answer = await run_one(STRIP_ENGINE.module, work, folder=folder, limits=STRIP_ENGINE.limits)
    output = await asyncio.to_thread(checked_answer, answer, Output, folder, lambda each: [each.name])
    return output if isinstance(output, Refused) else folder / output.name


def _checked(answer: Answer, place: int, given: Given, folder: Path) -> Stripped | Refused | Faulted:
    if isinstance(answer, Faulted):
        return msgspec.structs.replace(answer, item=place)
    output = checked_answer(answer, Output, folder, lambda each: [each.name])
    if isinstance(output, Refused):
        return Refused(place, output.code, output.message)
    is_stated = given.rights.is_stated and all(finding.code != NOT_WRITTEN for finding in output.findings)
    return Stripped(place, folder / output.name, says_rights=is_stated)
