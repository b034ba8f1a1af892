"""Probing received files: their types, measures, embedded metadata and previews."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path

import msgspec

from .child import DEADLY, checked_answer, run_batch
from .companions import ending_of
from .formats import COMPANION_TYPE, FORMATS
from .kind import ENGINES, Engine
from .messages import Faulted, Finding, Limits, Refused, Work
from .probe_result import PREVIEW_SIZES, ProbeResult
from .spare import Spare

PROBE_ENGINE = Engine(
    module=f"{ENGINES}.probe",
    # Six hours of audio decode in a minute; no accepted file needs longer.
    limits=Limits(cpu_seconds=120, wall_seconds=300.0),
    output_names=[*(f"{size}.webp" for size in PREVIEW_SIZES), "waveform.json", "font.ttf"],
)


class Candidate(msgspec.Struct, frozen=True):
    """A file to probe; ``name`` is the owner's, which is only compared with the content."""

    path: Path
    name: str


async def probe_files(
    candidates: Sequence[Candidate], folder: Path, *, spare: Spare | None = None
) -> AsyncGenerator[ProbeResult | Refused | Faulted]:
    """Each file's result, in order; previews are written to :func:`preview_folder` of ``folder``, which must exist.

    One child probes the whole batch. When a file kills it, only that file is refused and a new child takes the rest.
    “Faulted” is the answer for a file that could not be probed for no fault of its own.
    Close the iterator (``contextlib.aclosing``) to stop early.

    Args:
        spare: keeps a child of ``PROBE_ENGINE`` started.

    Raises:
        ChildFaultError: no child can be started.
    """
    works = [
        Work(
            source=str(candidate.path),
            folder=str(preview_folder(folder, item)),
            output_names=[*PROBE_ENGINE.output_names],
            names=[candidate.name],
        )
        for item, candidate in enumerate(candidates)
    ]
    batch = run_batch(PROBE_ENGINE.module, works, folder=folder, limits=PROBE_ENGINE.limits, spare=spare)
    async with aclosing(batch) as answers:
        async for answer in answers:
            if isinstance(answer, Faulted):
                yield answer
                continue
            previews = Path(works[answer.item].folder)
            result = checked_answer(
                answer, ProbeResult, previews, lambda result: [preview.name for preview in result.previews]
            )
            yield _kept(result, candidates[answer.item].name) if isinstance(result, Refused) else result


def _kept(refused: Refused, name: str) -> ProbeResult | Refused:
    """A work format is kept even if its file killed the child: it is not decoded again."""
    ending = ending_of(name)
    form = next((form for form, each in FORMATS.items() if each.for_work and ending in each.endings), None)
    if form is None or refused.code not in DEADLY:
        return refused
    finding = Finding("not_shown", f"This {form.upper()} file is kept and not shown. {refused.message}")
    return ProbeResult(type="other", mime_type=COMPANION_TYPE, file_format=form, findings=[finding])


def preview_folder(folder: Path, item: int) -> Path:
    """Where the previews of the candidate with this index are."""
    return folder / str(item)
