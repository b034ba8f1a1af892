"""Reading an archive in the media child, which alone reads strangers' bytes: a line of JSON for each item."""

from pathlib import Path

import msgspec

from ..media.kind import Engine
from ..media.messages import Limits, Output, Progress, RefusalError, Work
from .archive import ArchiveReader, ArchiveRefusedError, EntryDamagedError
from .forms import gallery_dl, mastodon, takeout
from .forms.form import Form
from .items import Item

# The first that recognizes an archive reads it.
FORMS: tuple[Form, ...] = (takeout.FORM, mastodon.FORM, gallery_dl.FORM)
RESULT = "result.jsonl"

READING = Engine(
    module=__name__,
    limits=Limits(memory_bytes=1 << 30, cpu_seconds=300, wall_seconds=900.0, output_bytes=2 << 30),
    output_names=[RESULT],
)


def run(work: Work, progress: Progress) -> Output:
    """Called in the child.

    Raises:
        RefusalError: the archive is of no known form, or cannot be read.
    """
    progress(0, "reading the list of files")
    try:
        with ArchiveReader(Path(work.source)) as archive, (Path(work.folder) / RESULT).open("wb") as target:
            form = next((form for form in FORMS if form.recognizes(archive)), None)
            if form is None:
                known = ", ".join(form.title[0].lower() + form.title[1:] for form in FORMS)
                raise RefusalError("unknown_form", f"This archive is of no form that can be imported: {known}.")
            target.write(msgspec.json.encode(form.name) + b"\n")
            encode = msgspec.json.Encoder().encode
            for number, item in enumerate(form.read(archive)):
                target.write(encode(checked(item)) + b"\n")
                if number % 1000 == 0:
                    progress(min(99.0, number / 4000), f"{number:,} read")
    except (ArchiveRefusedError, EntryDamagedError) as error:
        raise RefusalError("archive_refused", str(error)) from error
    return Output(name=RESULT)


def checked(item: Item) -> Item:
    """Raises: ArchiveRefusedError: a text is longer than it may be here."""
    try:
        return msgspec.convert(msgspec.to_builtins(item), type(item))
    except msgspec.ValidationError as error:
        raise ArchiveRefusedError(f"“{item.title[:80]}” has a value that is not possible here: {error}.") from error
