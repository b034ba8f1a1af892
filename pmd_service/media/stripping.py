"""Copies of library files without metadata, for publishing and packs.

In a thread: checking a result by several system calls in one hop.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import NamedTuple

import msgspec

from ..assets.types import AssetType
from ..locales import translatable
from ..vault import ObjectMissingError, Vault
from . import caps
from .child import Answer, checked_answer, run_batch
from .formats import FORMATS
from .kind import ENGINES, engine
from .messages import Faulted, Output, Refused, Work
from .rights import NOT_WRITTEN, Rights

STRIP_ENGINE = engine(f"{ENGINES}.strip", cpu_seconds=120, output_bytes=caps.VIDEO_BYTES)
# Formats that carry no metadata.
LEFT_AS_THEY_ARE = frozenset(form for form, each in FORMATS.items() if each.is_bare)
# Formats from which no metadata can be removed, though they may carry some.
CANNOT_STRIP = (
    frozenset(form for form, each in FORMATS.items() if each.for_work and not each.is_stripped) - LEFT_AS_THEY_ARE
)
# Files that are nothing but metadata of others.
_SIDE_FILES = ("xmp",)
GONE = ("gone", translatable("Its bytes are gone: send it again."))


def is_unread(type_: AssetType, file_format: str) -> bool:
    """Whether a companion is media that could not be decoded, or metadata: what it says is not known, and stays."""
    return type_ == "other" and file_format not in LEFT_AS_THEY_ARE and file_format in (*FORMATS, *_SIDE_FILES)


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
            works.append((place, _work(source, folder / str(place), file_format, rights)))
        async with aclosing(_stripped(works, folder)) as copies:
            async for copy in copies:
                yield copy


async def strip_local_files(
    files: Sequence[tuple[Path, str]], folder: Path
) -> AsyncGenerator[Stripped | Refused | Faulted, None]:
    """Like ``strip_files``, for files on this machine with their formats.

    Raises:
        ChildFaultError: no child can be started.
    """
    works = [(place, _work(source, folder / str(place), form)) for place, (source, form) in enumerate(files)]
    async with aclosing(_stripped(works, folder)) as copies:
        async for copy in copies:
            yield copy


def _work(source: Path, copy: Path, file_format: str, rights: Rights = Rights()) -> Work:  # noqa: B008  frozen
    params = msgspec.to_builtins(rights)
    return Work(source=str(source), folder=str(copy), output_names=[f"result.{file_format}"], params=params)


async def _stripped(
    works: Sequence[tuple[int, Work]], folder: Path
) -> AsyncGenerator[Stripped | Refused | Faulted, None]:
    if not works:
        return
    batch = run_batch(STRIP_ENGINE.module, [work for _, work in works], folder=folder, limits=STRIP_ENGINE.limits)
    async with aclosing(batch) as answers:
        async for answer in answers:
            place, work = works[answer.item]
            yield await asyncio.to_thread(_checked, answer, place, work)


def _checked(answer: Answer, place: int, work: Work) -> Stripped | Refused | Faulted:
    if isinstance(answer, Faulted):
        return msgspec.structs.replace(answer, item=place)
    folder = Path(work.folder)
    output = checked_answer(answer, Output, folder, lambda each: [each.name])
    if isinstance(output, Refused):
        return Refused(place, output.code, output.message)
    is_stated = msgspec.convert(work.params, Rights).is_stated and all(
        finding.code != NOT_WRITTEN for finding in output.findings
    )
    return Stripped(place, folder / output.name, says_rights=is_stated)
