"""Looking at files that somebody has brought: what each is, what it measures, what is embedded in it, its previews."""

import stat
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path

import msgspec

from .child import Done, Limits, Refused, Work, run_batch
from .looked import Finding, Looked, Preview, Rights

__all__ = ["Candidate", "Finding", "Looked", "Preview", "Refused", "Rights", "look_files", "preview_folder"]

ENGINE = "pmd_service.media.engines.look"
# Six hours of sound are decoded in a minute; nothing that is taken needs longer.
LIMITS = Limits(cpu_seconds=120, wall_seconds=300.0)
_CRASHED = ("crashed", "This file makes the program that reads it crash.")


class Candidate(msgspec.Struct, frozen=True):
    """A file to look at; ``name`` is what its owner calls it, only compared with what it is."""

    path: Path
    name: str


async def look_files(candidates: Sequence[Candidate], folder: Path) -> AsyncGenerator[Looked | Refused]:
    """What each file is, in their order; previews lie in :func:`preview_folder` of ``folder``, which must exist.

    One child looks at the whole batch and is replaced when a file kills it; only that file is refused then. Close the
    iterator (``contextlib.aclosing``) to stop early.

    Raises:
        ChildFaultError: looking does not work at all at the moment.
    """
    works = [
        Work(source=str(candidate.path), folder=str(preview_folder(folder, item)), name=candidate.name)
        for item, candidate in enumerate(candidates)
    ]
    async with aclosing(run_batch(ENGINE, works, folder=folder, limits=LIMITS)) as answers:
        async for answer in answers:
            yield answer if isinstance(answer, Refused) else _believe(answer, Path(works[answer.item].folder))


def preview_folder(folder: Path, item: int) -> Path:
    """Where the previews of the candidate with this number are."""
    return folder / str(item)


def _believe(answer: Done, previews: Path) -> Looked | Refused:
    """A child's word, checked: a file may have got hold of it, and would be us if we opened what it points to."""
    try:
        looked = msgspec.json.decode(answer.value, type=Looked)
        for preview in looked.previews:
            require_plain_file(previews / preview.name)
    except (msgspec.MsgspecError, OSError, ValueError):
        return Refused(answer.item, *_CRASHED)
    return looked


def require_plain_file(path: Path) -> None:
    """Refuse what a child may have left in the place of a file: a link, a pipe, another file's second name.

    Raises:
        ValueError: it is not a file of its own.
        OSError: it is not there.
    """
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        raise ValueError(f"{path.name} is not a file of its own")
