"""The engine of :func:`pmd_service.media.probe.probe_files`."""

from pathlib import Path

import msgspec

from ...base.faults import cause_in_decoder
from .. import caps
from ..companions import claims_media, companion_of, ending_of, refuse_media_name
from ..content import HEAD_BYTES, content_of
from ..formats import COMPANION_TYPE, FORMATS, Format
from ..messages import TRANSIENT_ERRNOS, Finding, Progress, RefusalError, Work
from ..probe_result import ProbeResult, Rights
from . import drawings, images
from .references import references_of
from .variants import undecodable_variant


def run(work: Work, progress: Progress) -> ProbeResult:
    """Measure the file and draw its previews.

    Raises:
        RefusalError: it is not accepted.
    """
    source, folder, name = Path(work.source), Path(work.folder), work.names[0]
    content = _content_of(source, name)
    progress(0, "measuring")
    if content.type == "other" and ending_of(name) not in content.endings:
        refuse_media_name(name)
    if reason := content.why_unreadable:
        return _not_shown(source, content, reason)
    try:
        return _compare_name(_probe(source, content, folder), name)
    except Exception as error:
        if not _is_files_fault(error):
            raise
        refusal = error.code if isinstance(error, RefusalError) else None
        if refusal is None and (variant := undecodable_variant(source, content)):
            return _probe_variant(source, content, folder, variant)
        # What has more pixels than are decoded is stored as well: its header may tell lies, but nothing believes it.
        if content.for_work or (refusal == "too_many_pixels" and content.type == "image"):
            return _not_shown(source, content, str(error) if refusal else drawings.UNDECODABLE)
        if content.is_vague and refusal in (None, "broken") and not claims_media(name):
            return _companion(source, _companion_of(source, name))
        raise


def _is_files_fault(error: Exception) -> bool:
    may_pass = isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in TRANSIENT_ERRNOS)
    return not may_pass and cause_in_decoder(error) is None


def _content_of(source: Path, name: str) -> Format:
    try:
        return content_of(source, name)
    except RefusalError as refusal:
        if refusal.code != "not_media":
            raise
        return _companion_of(source, name)


def _companion_of(source: Path, name: str) -> Format:
    with source.open("rb") as file:
        return companion_of(file.read(HEAD_BYTES), name)


def _probe(source: Path, content: Format, folder: Path) -> ProbeResult:
    _refuse_too_large(source.stat().st_size, content)
    if content.type == "other":
        return _probe_companion(source, content, folder)
    if content.type == "image":
        return images.probe(source, content, folder)
    # libav takes three times as long to import as all that images need, and most batches consist of images.
    from . import probe_streams  # noqa: PLC0415

    return probe_streams.probe(source, content, folder)


def _probe_companion(source: Path, content: Format, folder: Path) -> ProbeResult:
    if content.drawer is None:
        return _companion(source, content)
    drawing, previews = drawings.draw(source, content, folder)
    missing = [] if previews else [_why_not_shown(content, drawing.missing)]
    found = _companion(source, content, *missing, *drawing.findings)
    rights = Rights(author=drawing.author)
    return msgspec.structs.replace(found, rights=rights, gps=drawing.gps, previews=previews)


def _probe_variant(source: Path, content: Format, folder: Path, variant: str) -> ProbeResult:
    """An intact file that Pillow cannot decode: a companion, with previews if a library can."""
    # NumPy takes as long to import as most pictures take.
    from . import rare  # noqa: PLC0415

    undecodable = _not_shown(source, content, f"{variant} cannot be decoded here: upload it as PNG as well.")
    if not rare.is_there():
        return undecodable
    try:
        picture = rare.picture_of(source, content)
    except Exception as error:
        if not _is_files_fault(error):
            raise
        return undecodable
    form = content.file_format.upper()
    message = (
        f"This {form} file is shown by its preview only. {variant} cannot be edited here: upload it as PNG as well."
    )
    found = _companion(source, content, Finding("preview_only", message))
    return msgspec.structs.replace(found, previews=drawings.draw_previews(picture, folder))


def _not_shown(source: Path, content: Format, reason: str) -> ProbeResult:
    """What is stored as a companion, without previews."""
    return _companion(source, content, _why_not_shown(content, reason))


def _why_not_shown(content: Format, reason: str) -> Finding:
    return Finding("not_shown", f"This {content.file_format.upper()} file is kept and not shown. {reason}")


def _companion(source: Path, content: Format, *findings: Finding) -> ProbeResult:
    references, more = references_of(source, content.file_format)
    return ProbeResult(
        type="other",
        mime_type=COMPANION_TYPE,
        file_format=content.file_format,
        references=references,
        findings=[*findings, *more],
    )


def _refuse_too_large(size: int, content: Format) -> None:
    limit = caps.BYTES[content.type]
    if size > limit:
        raise RefusalError("too_large", f"This file is larger than {limit // caps.MIB} MiB.")


def _compare_name(probed: ProbeResult, name: str) -> ProbeResult:
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    if probed.type == "other" or not extension or extension in FORMATS[probed.file_format].endings:
        return probed
    message = f"Its name ends in “.{extension[:20]}”, but it is a {probed.file_format.upper()} file."
    probed.findings.append(Finding("extension_lies", message))
    return probed
