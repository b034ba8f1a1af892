"""Looking at files that somebody has brought: what each is, what it measures, what is embedded in it, its previews."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path

import msgspec

from .child import DEADLY, believed, run_batch
from .companions import MIME_TYPE, ending_of
from .content import CONTENTS
from .messages import Finding, Limits, Refused, Work
from .probe_result import PREVIEW_SIZES, ProbeResult
from .spare import Spare

ENGINE = "pmd_service.media.engines.probe"
MAKES = [*(f"{size}.webp" for size in PREVIEW_SIZES), "waveform.json"]
# Six hours of sound are decoded in a minute; nothing that is taken needs longer.
LIMITS = Limits(cpu_seconds=120, wall_seconds=300.0)


class Candidate(msgspec.Struct, frozen=True):
    """A file to look at; ``name`` is what its owner calls it, only compared with what it is."""

    path: Path
    name: str


async def probe_files(
    candidates: Sequence[Candidate], folder: Path, *, spare: Spare | None = None
) -> AsyncGenerator[ProbeResult | Refused]:
    """What each file is, in their order; previews lie in :func:`preview_folder` of ``folder``, which must exist.

    One child looks at the whole batch and is replaced when a file kills it; only that file is refused then. Close the
    iterator (``contextlib.aclosing``) to stop early.

    Args:
        spare: what has children of ``ENGINE`` ready.

    Raises:
        ChildFaultError: looking does not work at all at the moment.
    """
    works = [
        Work(source=str(candidate.path), folder=str(preview_folder(folder, item)), makes=MAKES, names=[candidate.name])
        for item, candidate in enumerate(candidates)
    ]
    async with aclosing(run_batch(ENGINE, works, folder=folder, limits=LIMITS, spare=spare)) as answers:
        async for answer in answers:
            drawn = Path(works[answer.item].folder)
            probed = believed(answer, ProbeResult, drawn, lambda probed: [preview.name for preview in probed.previews])
            yield _kept(probed, candidates[answer.item].name) if isinstance(probed, Refused) else probed


def _kept(refused: Refused, name: str) -> ProbeResult | Refused:
    """A file to work with is kept also where it killed its child: nothing opens it again."""
    ending = ending_of(name)
    form = next((form for form, each in CONTENTS.items() if each.for_work and ending in each.endings), None)
    if form is None or refused.code not in DEADLY:
        return refused
    finding = Finding("not_shown", f"This {form.upper()} file is kept and not shown. {refused.message}")
    return ProbeResult(type="other", mime_type=MIME_TYPE, file_format=form, findings=[finding])


def preview_folder(folder: Path, item: int) -> Path:
    """Where the previews of the candidate with this number are."""
    return folder / str(item)
