"""The filters and sort orders of the list of posts, as SQL on a post's columns."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ..base.database import Connection
from ..http.instants import Instant, read_instant
from ..search.conditions import HAS_LICENSE, LICENSE_BEGINS, Parameters, Subject, middles, read_search
from ..search.language import MAX_QUERY, after, before, choice, number, part, size, tag_term, text, warning
from ..site.details import joined_details
from ..site.posts import ARTWORK, DELETED_ARTWORK, LIVE_ARTWORK, VISIBLE_COMMENT

State = Literal["active", "deleted", "all"]
AMONG: Mapping[State, str] = {"active": LIVE_ARTWORK, "deleted": DELETED_ARTWORK, "all": ARTWORK}
Visibility = Literal["visible", "hidden", "moderated"]
Bytes = Annotated[int, Meta(ge=0, le=2**63 - 1)]

_QUERY = (
    'A search in title, description, alt text and hashtags: words from their beginning, `"phrases"`, `-word`, '
    "`sea OR lake`, `#sea`, `tag:`, `licence:`, `alt:`, `warning:`, `before:`, `after:`, `format:`, `hidden:` yes, no "
    "or mod, `reported:` yes or no for moderators, `color:#d04648` of posts from the library, and comparisons of "
    "`views`, `width`, `height`, `frames`, `size` (`views>100`). Case and accents are ignored. If no word begins so, "
    "titles are searched for it in the middle of words."
)
_Query = Annotated[str, Meta(min_length=1, max_length=MAX_QUERY, description=_QUERY, examples=["night -sea"])]


class PostFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of a list of posts."""

    q: _Query | None = None
    visibility: Annotated[Visibility, Meta(description="Hidden by the artist, a moderator, or neither.")] | None = None
    format: Annotated[str, Meta(max_length=20, description="The native file's format.", examples=["gif"])] | None = None
    hashtag: Annotated[str, Meta(min_length=1, max_length=64, description="A hashtag, in capitals or not.")] | None = (
        None
    )
    license: Annotated[str, Meta(max_length=64, description="A licence's identifier. Empty: none.")] | None = None
    since: Annotated[Instant, Meta(description="Not older.")] | None = None
    until: Annotated[Instant, Meta(description="Older.")] | None = None
    min_bytes: Annotated[Bytes, Meta(description="The native file's minimum size.")] | None = None
    max_bytes: Annotated[Bytes, Meta(description="The native file's maximum size.")] | None = None


class Order(msgspec.Struct, frozen=True):
    """A sort key: an SQL expression on ``posts``, and what it joins.

    Args:
        counted: the rows that are counted for each post, instead of an expression.
    """

    key: str
    joined: str = ""
    counted: str | None = None


# By the name of the column on the page.
ORDERS: Mapping[str, Order] = {
    "date": Order("posts.created_at"),
    "title": Order("title_key", "LEFT JOIN post_search ON post_search.post_id = posts.id"),
    "description": Order("description_key", "LEFT JOIN post_search ON post_search.post_id = posts.id"),
    "visibility": Order("hidden_by_user::int + 2 * hidden_by_mod::int"),
    "frames": Order("frame_count"),
    "format": Order("file_format"),
    "size": Order("file_bytes"),
    "width": Order("width"),
    "height": Order("height"),
    "views": Order("view_count"),
    "license": Order("licenses.identifier", "LEFT JOIN licenses ON licenses.id = license_id"),
    "reactions": Order("coalesce(counted, 0)", counted="reactions WHERE true"),
    "comments": Order("coalesce(counted, 0)", counted=f"comments WHERE {VISIBLE_COMMENT}"),
}
Sort = Literal[
    "-date", "date", "-title", "title", "-description", "description", "-visibility", "visibility", "-frames", "frames",
    "-format", "format", "-size", "size", "-width", "width", "-height", "height", "-views", "views",
    "-license", "license", "-reactions", "reactions", "-comments", "comments",
]  # fmt: skip

_VISIBILITIES = {
    "visible": "NOT hidden_by_user AND NOT hidden_by_mod",
    "hidden": "hidden_by_user",
    "moderated": "hidden_by_mod",
}
_HIDDEN = "CASE WHEN hidden_by_mod THEN 'mod' WHEN hidden_by_user THEN 'yes' ELSE 'no' END"
_DETAIL = f"SELECT details.{{}} FROM (SELECT) AS one {joined_details('posts')}"
POSTS = Subject(
    fields={
        "hidden": choice(_HIDDEN, {name: name for name in ("yes", "no", "mod")}),
        "format": text("file_format = {value}::text"),
        "licence": text(LICENSE_BEGINS),
        "license": text(LICENSE_BEGINS),
        "alt": part(f"({_DETAIL.format('alt_text')})"),
        "warning": warning(f"({_DETAIL.format('content_warnings')})"),
        "before": before("posts.created_at"),
        "after": after("posts.created_at"),
        "views": number("view_count"),
        "width": number("width"),
        "height": number("height"),
        "frames": number("frame_count"),
        "size": size("file_bytes"),
    },
    lexemes="(SELECT lexemes FROM post_search WHERE post_search.post_id = posts.id)",
    text=(
        "array_to_string(ARRAY[title, description, (SELECT alt_text FROM post_details WHERE post_id = posts.id)]"
        " || hashtags::text[], ' ')"
    ),
    has_color=(
        "posts.id = ANY (ARRAY("
        "SELECT post_id FROM asset WHERE lexemes @@ {value}::text::tsquery AND post_id IS NOT NULL))"
    ),
    newest="""
SELECT DISTINCT unnest(tsvector_to_array(lexemes))
  FROM (SELECT id FROM posts WHERE owner_id = $1 AND kind = 'artwork' AND NOT deleted_by_user
         ORDER BY created_at DESC, id DESC LIMIT $2) AS newest JOIN post_search ON post_id = id""",
    exists="SELECT EXISTS (SELECT FROM post_search WHERE lexemes @@ $1::text::tsquery)",
)
# What moderators see of an artist's posts, and artists do not.
_REPORTED = "EXISTS (SELECT FROM post_report WHERE post_report.post_id = posts.id AND settled_at IS NULL)"
MODERATED = msgspec.structs.replace(
    POSTS, fields={**POSTS.fields, "reported": choice(f"({_REPORTED})", {"yes": True, "no": False}, "bool")}
)

_CONDITIONS = {
    "since": "posts.created_at >= {value}::timestamptz",
    "until": "posts.created_at < {value}::timestamptz",
    "format": "file_format = {value}::text",
    "license": HAS_LICENSE,
    "min_bytes": "file_bytes >= {value}::bigint",
    "max_bytes": "file_bytes <= {value}::bigint",
}
_WITHOUT = {"format": "file_format IS NULL", "license": "license_id IS NULL"}


class Where(msgspec.Struct, frozen=True):
    """A filter as SQL on ``posts``, whose parameters begin with the owner.

    Args:
        conditions: all but the search's tsquery.
        query: the parameter of that, which an index of ``post_search`` answers.
    """

    conditions: Sequence[str]
    values: Sequence[object]
    query: str | None = None

    @classmethod
    async def read(
        cls, connection: Connection, chosen: PostFilter, *, owner_id: int, is_moderated: bool = False
    ) -> "Where":
        """The conditions of a filter.

        Args:
            connection: ``with_custom_plans``.
            is_moderated: whether a moderator searches an artist's posts.

        Raises:
            ProblemError: 422, a date is not valid, or a value of the search cannot be compared.
        """
        parameters = Parameters(owner_id)
        conditions = []
        if chosen.visibility:
            conditions.append(_VISIBILITIES[chosen.visibility])
        for name, template in _CONDITIONS.items():
            value = getattr(chosen, name)
            if value == "" and name in _WITHOUT:
                conditions.append(_WITHOUT[name])
            elif value is not None:
                value = read_instant(name, value) if name in ("since", "until") else value
                conditions.append(template.replace("{value}", parameters.add(value)))
        query = None
        subject = MODERATED if is_moderated else POSTS
        if chosen.q is not None or chosen.hashtag is not None:
            text = f"{chosen.q or ''} {tag_term(chosen.hashtag)}".strip()
            search = await read_search(connection, subject, text, owner_id=owner_id)
            if search.is_empty:
                conditions.append("false")
            elif search.is_of_words and not await connection.fetchval(subject.exists, search.query):
                conditions.append(_in_words(search.words, parameters))
            elif search.query is not None:
                query = parameters.add(search.query)
            conditions += search.conditions(parameters, subject)
        return cls(conditions, parameters.values, query)

    def sql(self, state: State) -> str:
        """All conditions. Posts that a search has found are read by their ids, whatever the statistics are: the owner's
        indexes are kept out by IS TRUE."""
        owned = "posts.owner_id = $1"
        found = []
        if self.query is not None:
            owned = f"({owned}) IS TRUE"
            matching = f"SELECT post_id FROM post_search WHERE lexemes @@ {self.query}::text::tsquery"
            found.append(f"posts.id = ANY (ARRAY({matching}))")
        return " AND ".join([*found, owned, AMONG[state], *self.conditions])

    def numbered(self, place: int) -> str:
        """The parameter after this filter's, counted from 1."""
        return f"${len(self.values) + place}"


def _in_words(words: Sequence[str], parameters: Parameters) -> str:
    """Titles that contain the words, in the middle of words too."""
    patterns = parameters.add(middles(words))
    titled = f"SELECT post_id FROM post_search WHERE owner_id = $1 AND title_key LIKE ALL ({patterns}::text[])"
    return f"posts.id = ANY (ARRAY({titled}))"
