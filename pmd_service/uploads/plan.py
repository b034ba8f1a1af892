"""What would become of announced files, by their names, sizes and hashes alone."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from uuid import UUID, uuid4

import msgspec

from ..assets.asset import Known
from ..http.errors import ProblemError
from .names import checked_path, extension_of, name_of
from .rules import REASONS, RefusedError, check_kind
from .shapes import AnnouncedFile, Checked


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A line that will be inserted: its file, what is said of it, and the line that it follows."""

    id: UUID
    file: AnnouncedFile
    path: str
    checked: Checked
    follows: UUID | None = None


def judge(file: AnnouncedFile, known: Mapping[str, Known]) -> Checked:
    """What would become of this file, by its name, its size and the hash that is claimed."""
    try:
        path = checked_path(file.path)
        check_kind(extension_of(name_of(path)), file.size)
    except RefusedError as refused:
        return Checked(path=file.path, verdict="refused", code=refused.code, message=str(refused))
    asset = known.get(file.hash or "")
    if asset is None:
        return Checked(path=path, verdict="new")
    return Checked(path=path, verdict="in_trash" if asset.is_in_trash else "already_there", asset_id=asset.asset_id)


def plan_lines(
    files: Sequence[AnnouncedFile], known: Mapping[str, Known], *, ids: Sequence[UUID] | None = None
) -> list[Planned]:
    """The lines in their order; of new ones with the same hash the first is sent, and the others follow it.

    Args:
        ids: of lines that are there already; None gives them new ones.
    """
    plan: list[Planned] = []
    leaders: dict[str, UUID] = {}
    for file, line_id in zip(files, ids or [uuid4() for _ in files], strict=True):
        checked = judge(file, known)
        follows = leaders.setdefault(file.hash, line_id) if checked.verdict == "new" and file.hash else line_id
        plan.append(
            Planned(
                id=line_id,
                file=file,
                path=checked.path,
                checked=checked,
                follows=follows if follows != line_id else None,
            )
        )
    return plan


def is_sent(line: Planned) -> bool:
    """Whether bytes of this line will come."""
    return line.checked.verdict == "new" and line.follows is None


def refusal(code: str) -> ProblemError:
    """A single file that would not get in, as tus's creation tells it."""
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if code.endswith("_too_large") else HTTPStatus.UNPROCESSABLE_ENTITY
    return ProblemError(status, REASONS[code].message, kind=code.replace("_", "-"))
