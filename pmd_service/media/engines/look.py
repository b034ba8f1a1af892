"""Looking at one file: the engine behind :func:`pmd_service.media.look.look_files`."""

from pathlib import Path

from .. import caps
from ..content import EXTENSIONS, Content, content_of
from ..looked import Looked
from ..messages import Finding, Progress, RefusalError, Work
from . import images


def run(work: Work, progress: Progress) -> Looked:
    """Measure the file and draw its previews into the work's folder.

    Raises:
        RefusalError: the library does not take it.
    """
    source, folder = Path(work.source), Path(work.folder)
    content = content_of(source)
    _refuse_too_large(source.stat().st_size, content)
    progress(0, "measuring")
    if content.type == "image":
        looked = images.look(source, content, folder)
    else:
        # Takes three times as long to import as all that images need, and most batches hold nothing but images.
        from . import look_streams  # noqa: PLC0415

        looked = look_streams.look(source, content, folder)
    return _compare_name(looked, work.name)


def _refuse_too_large(size: int, content: Content) -> None:
    limit = caps.BYTES[content.type]
    if size > limit:
        raise RefusalError("too_large", f"This file is larger than the {limit // caps.MIB} MiB that it may have.")


def _compare_name(looked: Looked, name: str) -> Looked:
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    if not extension or extension in EXTENSIONS[looked.file_format]:
        return looked
    message = f"Its name ends in “.{extension[:20]}”, but it is a {looked.file_format.upper()} file."
    looked.findings.append(Finding("extension_lies", message))
    return looked
