"""The probe's engine with a mistake of our own, which files of one name meet."""

from pmd_service.media.engines import probe
from pmd_service.media.messages import Progress, Work
from pmd_service.media.probe_result import ProbeResult


def run(work: Work, progress: Progress) -> ProbeResult:
    found = probe.run(work, progress)
    measures: dict[str, int] = {}
    return found if work.names[0] != "mistake.png" else measures["no such measure"]  # type: ignore[return-value]
