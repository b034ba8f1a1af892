"""Reading an archive in the media child, which alone reads strangers' bytes: a line of JSON for each item."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from ..locales import translatable
from ..media.kind import Engine
from ..media.messages import Limits, Output, Progress, RefusalError, Work
from .archive import ArchiveReader
from .forms import gallery_dl, instagram, mastodon, pixelfed, side_files, table, takeout
from .forms.form import Form
from .items import Item, PostItem
from .listing import ArchiveRefusedError, EntryDamagedError
from .measures import HEAD_BYTES, pixels_in

# The first that recognizes an archive reads it.
FORMS: tuple[Form, ...] = (
    takeout.FORM,
    pixelfed.FORM,
    mastodon.FORM,
    instagram.FORM,
    table.FORM,
    gallery_dl.FORM,
    side_files.FORM,
)
MAX_HEADING_BYTES = 64 << 10
RESULT = "result.jsonl"

READING = Engine(
    module=__name__,
    limits=Limits(memory_bytes=1 << 30, cpu_seconds=300, wall_seconds=900.0, output_bytes=2 << 30),
    output_names=[RESULT],
)


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters: the name of a form that was chosen by hand."""

    form: str | None = None


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of the result."""

    form: Annotated[str, Meta(max_length=50)]
    forms: Annotated[Sequence[Annotated[str, Meta(max_length=50)]], Meta(max_length=64)] = ()
    columns: Annotated[Mapping[Annotated[str, Meta(max_length=100)], str | None], Meta(max_length=64)] = {}


def run(work: Work, progress: Progress) -> Output:
    """Called in the child.

    Raises:
        RefusalError: the archive is of no known form, or cannot be read.
    """
    progress(0, "reading the list of files")
    try:
        with ArchiveReader(Path(work.source)) as archive, (Path(work.folder) / RESULT).open("wb") as target:
            possible = _possible_forms(archive)
            form, reader = _chosen(possible, msgspec.convert(work.params, Choice).form)
            columns = form.columns(reader) if form.columns else {}
            heading = Heading(form=form.name, forms=[each.name for each in possible], columns=columns)
            target.write(msgspec.json.encode(without_nuls(msgspec.to_builtins(heading))) + b"\n")
            encode = msgspec.json.Encoder().encode
            for number, item in enumerate(form.read(reader)):
                target.write(encode(checked(_measured(reader, item))) + b"\n")
                if number % 1000 == 0:
                    progress(min(99.0, number / 4000), f"{number:,} read")
    except (ArchiveRefusedError, EntryDamagedError) as error:
        raise RefusalError("archive_refused", str(error)) from error
    return Output(name=RESULT)


def _possible_forms(archive: ArchiveReader) -> Mapping[Form, ArchiveReader]:
    """The forms that recognize it, the likeliest first; people pack what they had unpacked, in one folder more."""
    inner = archive.inside()
    packed = [(reader, form) for reader in (archive, inner) if reader for form in FORMS if form.has_fixed_names]
    possible: dict[Form, ArchiveReader] = {}
    for reader, form in [*packed, *((archive, form) for form in FORMS)]:
        if form not in possible and form.recognizes(reader):
            possible[form] = reader
    return possible


def _chosen(possible: Mapping[Form, ArchiveReader], wanted: str | None) -> tuple[Form, ArchiveReader]:
    """Raises: RefusalError: it is of no known form, or not of the chosen one."""
    found = next((each for each in possible.items() if wanted in (None, each[0].name)), None)
    if found is None:
        known = [form for form in FORMS if wanted in (None, form.name)]
        titles = ", ".join(form.title[0].lower() + form.title[1:] for form in known)
        what = translatable("not of the form that was chosen")
        if wanted is None:
            what = translatable("of no form that can be imported")
        raise RefusalError("unknown_form", f"This archive is {what}: {titles}.")
    return found


def _measured(archive: ArchiveReader, item: Item) -> Item:
    """Whether a post is possible depends on its size, which a report should say."""
    if not isinstance(item, PostItem):
        return item
    return msgspec.structs.replace(item, pixels=pixels_in(archive.head(item.entry, HEAD_BYTES)))


def checked(item: Item) -> Item:
    """Raises: ArchiveRefusedError: a text is longer than it may be here."""
    try:
        return msgspec.convert(without_nuls(msgspec.to_builtins(item)), type(item))
    except msgspec.ValidationError as error:
        raise ArchiveRefusedError(f"“{item.title[:80]}” has a value that is not possible here: {error}.") from error


def without_nuls(value: Any) -> Any:
    """PostgreSQL's texts have none."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, Mapping):
        return {without_nuls(name): without_nuls(each) for name, each in value.items()}
    return [without_nuls(each) for each in value] if isinstance(value, Sequence) else value
