"""Drafts: files on their way to become posts, as their artist sees them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ..assets.types import AiDisclosure, AssetType
from ..http.instants import Instant
from ..http.selection import LicenseId, RowId
from ..http.wire import PageCursor, write_cursor
from ..locales import Sentence
from ..site.texts import MAX_DESCRIPTION, MAX_TITLE, AltText, ContentWarnings, Hashtags

MAX_PAGE = 512
# Of a user, without published ones.
MAX_DRAFTS = 5_000
# That one call may name.
MAX_CHANGED = 2_000

Status: TypeAlias = Literal["draft", "scheduled", "published", "failed"]
Sort: TypeAlias = Literal["position", "due"]
ProblemCode: TypeAlias = Literal[
    "file_gone",
    "file_in_trash",
    "file_set_aside",
    "not_publishable",
    "already_published",
    "no_title",
    "no_alt_text",
    "discloses_place",
    "license_removed",
    "no_license",
]
DraftId = Annotated[RowId, Meta(description="The draft's id.", examples=[31])]
DraftIds = Annotated[
    list[RowId],
    Meta(min_length=1, max_length=MAX_CHANGED, description="Ids of drafts; repeats count once.", examples=[[31]]),
]
SeriesId = Annotated[RowId, Meta(examples=[3])]
DraftMarks: TypeAlias = Annotated[
    Literal["strip", "keep"],
    Meta(description="Whether its post is without the file's personal metadata; null: not decided, as `strip`."),
]
Version = Annotated[int, Meta(ge=1, le=2**31 - 1, description="Counts the draft's changes.", examples=[4])]


class DraftProblem(msgspec.Struct, frozen=True, kw_only=True):
    """What is to do before a draft can be published; one that does not block is advice."""

    code: Annotated[ProblemCode, Meta(examples=["no_alt_text"])]
    message: Annotated[Sentence, Meta(examples=["No alt text."])]
    is_blocking: bool


class DraftFile(msgspec.Struct, frozen=True, kw_only=True):
    """The file of a draft; its preview is at ``/assets/{id}/preview``."""

    id: Annotated[int, Meta(examples=[7])]
    name: Annotated[str, Meta(examples=["lighthouse.png"])]
    folder: Annotated[str, Meta(examples=["summer"])]
    type: Annotated[AssetType, Meta(examples=["image"])]
    file_format: Annotated[str, Meta(examples=["png"])]
    size_bytes: Annotated[int, Meta(examples=[18_233])]
    width: Annotated[int | None, Meta(examples=[64])]
    height: Annotated[int | None, Meta(examples=[64])]
    frame_count: Annotated[int | None, Meta(examples=[1])]
    has_preview: Annotated[bool, Meta(examples=[True])]
    is_in_trash: bool


class DraftPost(msgspec.Struct, frozen=True, kw_only=True):
    """The post that a draft became."""

    id: Annotated[int, Meta(examples=[102])]
    public_sqid: Annotated[str, Meta(examples=["k5Rz"])]
    reaction_count: int
    comment_count: int
    view_count: int


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A draft. ``file`` is null once it was purged, ``post`` until the draft is published."""

    id: Annotated[int, Meta(examples=[31])]
    version: Version
    status: Annotated[Status, Meta(examples=["draft"])]
    file: DraftFile | None
    title: Annotated[str | None, Meta(examples=["Lighthouse"])]
    description: str | None
    hashtags: Annotated[Sequence[str], Meta(examples=[["sea"]])]
    alt_text: AltText | None
    content_warnings: Annotated[Sequence[str], Meta(examples=[["Flashing"]])]
    license_id: Annotated[int | None, Meta(examples=[2])]
    license_identifier: Annotated[str | None, Meta(examples=["CC-BY-4.0"])]
    ai_disclosure: AiDisclosure | None
    ai_opt_out: Annotated[bool | None, Meta(description="Null: as the artist's default is.")]
    marks: DraftMarks | None
    is_hidden: Annotated[bool, Meta(description="Whether its post begins hidden.")]
    series_id: Annotated[int | None, Meta(examples=[3])]
    series_name: Annotated[str | None, Meta(examples=["Forest"])]
    position: Annotated[float, Meta(description="In the table.", examples=[1.0])]
    due_at: datetime | None
    is_placed_by_hand: Annotated[bool, Meta(description="Whether the rule leaves it on its day.")]
    posted_at: Annotated[datetime | None, Meta(description="The date of its post; null: when it is published.")]
    reason: Annotated[Sentence | None, Meta(description="Why it failed.", examples=[None])]
    problems: Sequence[DraftProblem]
    is_ready: Annotated[bool, Meta(description="Whether no problem blocks.")]
    published_at: datetime | None
    post: DraftPost | None
    created_at: datetime
    updated_at: datetime

    @property
    def revision(self) -> object:
        """What ``If-Match`` compares."""
        return self.version


class DraftPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of drafts in the requested order; ``next_cursor`` is null on the last one."""

    items: Sequence[Draft]
    next_cursor: str | None


class DraftQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which drafts, in which order."""

    status: Annotated[Status, Meta(description="By default, all that are not published.")] | None = None
    sort: Annotated[Sort, Meta(description="`position` is the table's order, `due` that of the days.")] = "position"
    since: Annotated[Instant, Meta(description="Published since then.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Drafts a page.")] = MAX_PAGE
    cursor: Annotated[PageCursor, Meta(examples=[write_cursor(("position", 1.0, 31))])] | None = None


class DraftCountsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Since when published drafts are counted."""

    since: Annotated[Instant, Meta(description="By default, published drafts are not counted.")] | None = None


class ProblemCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many drafts have a problem, and the first of them."""

    code: Annotated[ProblemCode, Meta(examples=["no_alt_text"])]
    message: Annotated[Sentence, Meta(examples=["2 have no alt text."])]
    is_blocking: bool
    count: Annotated[int, Meta(examples=[2])]
    draft_ids: Annotated[Sequence[int], Meta(description="At most 100.", examples=[[31, 32]])]
    names: Annotated[Sequence[str], Meta(description="Of the first files.", examples=[["key.png", "chest.png"]])]


class DraftCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of drafts, and what is to do before they can be published."""

    draft_count: Annotated[int, Meta(examples=[12])]
    ready_count: Annotated[int, Meta(examples=[9])]
    scheduled_count: Annotated[int, Meta(examples=[9])]
    failed_count: Annotated[int, Meta(examples=[0])]
    published_count: Annotated[int, Meta(examples=[3])]
    problems: Annotated[Sequence[ProblemCount], Meta(description="Of those that are not scheduled.")]
    scheduled_problems: Annotated[Sequence[ProblemCount], Meta(description="Of those that are scheduled.")]


class DraftsRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/drafts."""

    asset_ids: Annotated[
        list[RowId], Meta(min_length=1, max_length=4096, description="1 to 1,024 different files.", examples=[[7]])
    ]


class DraftMade(msgspec.Struct, frozen=True, kw_only=True):
    """The draft of one file; a file that is published has a post instead."""

    asset_id: Annotated[int, Meta(examples=[7])]
    outcome: Annotated[Literal["made", "already", "published"], Meta(examples=["made"])]
    draft_id: Annotated[int | None, Meta(examples=[31])] = None
    post_id: int | None = None


class DraftsMade(msgspec.Struct, frozen=True, kw_only=True):
    """The result for each file, in the order of the request."""

    items: Sequence[DraftMade]
    made_count: Annotated[int, Meta(examples=[1])]


class DraftFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The new values of a draft; null clears a value, and an omitted one stays as it is."""

    title: Annotated[str, Meta(max_length=MAX_TITLE, examples=["Lighthouse"])] | UnsetType | None = UNSET
    description: Annotated[str, Meta(max_length=MAX_DESCRIPTION)] | UnsetType | None = UNSET
    hashtags: Annotated[Hashtags, Meta(examples=[["sea"]])] | UnsetType = UNSET
    alt_text: AltText | UnsetType | None = UNSET
    content_warnings: ContentWarnings | UnsetType = UNSET
    license_id: Annotated[LicenseId, Meta(examples=[2])] | UnsetType | None = UNSET
    ai_disclosure: AiDisclosure | UnsetType | None = UNSET
    ai_opt_out: bool | UnsetType | None = UNSET
    marks: DraftMarks | UnsetType | None = UNSET
    is_hidden: bool | UnsetType = UNSET
    series_id: SeriesId | UnsetType | None = UNSET
    posted_at: (
        Annotated[datetime, Meta(tz=True, description="In the past.", examples=["2019-05-04T12:30:00Z"])]
        | UnsetType
        | None
    ) = UNSET


class DraftChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The change of one draft; with a ``version``, only if the draft still has it."""

    id: Annotated[RowId, Meta(examples=[31])]
    version: Version | None = None
    fields: DraftFields


class DraftChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of PATCH /api/pmd/drafts; a draft is there once."""

    changes: Annotated[list[DraftChange], Meta(min_length=1, max_length=MAX_CHANGED)]


class FieldFault(msgspec.Struct, frozen=True, kw_only=True):
    """Why a field of a draft cannot have this value."""

    field: Annotated[str, Meta(examples=["hashtags"])]
    message: Sentence


ChangeOutcome: TypeAlias = Literal["changed", "same", "stale", "invalid", "published", "lost"]


class DraftChanged(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one change, and the draft as it is now; one that is lost has been deleted, or was never there."""

    id: Annotated[int, Meta(examples=[31])]
    outcome: Annotated[ChangeOutcome, Meta(examples=["changed"])]
    errors: Sequence[FieldFault] = ()
    draft: Draft | None = None


class DraftsChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The result for each draft, in the order of the request."""

    items: Sequence[DraftChanged]
    changed_count: Annotated[int, Meta(examples=[1])]


class DraftSelection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Some drafts."""

    draft_ids: DraftIds


class DraftOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/drafts/order: these drafts, in this order, before another one or at the end."""

    draft_ids: DraftIds
    before_id: Annotated[RowId, Meta(examples=[31])] | None = None


class DraftsMoved(msgspec.Struct, frozen=True, kw_only=True):
    """How many drafts are as requested; those that are lost or published are left out."""

    affected_count: Annotated[int, Meta(examples=[2])]
