"""The filters of a library's list, as SQL."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from ..assets.asset import Provenance
from ..assets.types import TYPE_WORDS, AssetType, State
from ..base.database import Connection
from ..search.conditions import HAS_LICENSE, LICENSE_BEGINS, Parameters, Search, Subject, in_names, read_search
from ..search.language import MAX_QUERY, after, before, choice, number, part, size, tag_term, text, warning

_Folder = Annotated[str, Meta(max_length=1024, description="Files in it or below it. Empty: files without a folder.")]
_QUERY = (
    "A search in the name, path, theme, source, attribution, note, alt text, hashtags, and the prompt, model and seed "
    'from the file\'s metadata: words from their beginning, `"phrases"`, `-word`, `hero OR villain`, `tag:`, '
    "`licence:`, `before:`, `after:`, `type:`, `format:`, `theme:`, `alt:`, `warning:`, `model:`, `in:` a folder, "
    "`label:`, `color:#d04648`, and comparisons of `width`, `height`, `frames`, `duration`, `size`, `stars` "
    "(`width>=64`). If no word begins so, names and folders are searched for it in the middle of words."
)


class AssetFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Filters for files. An empty theme, licence or folder selects files without one."""

    state: Annotated[State, Meta(description="By default, all files except the trash.")] | None = None
    type: Annotated[AssetType, Meta(description="By content, not by extension.")] | None = None
    theme: Annotated[str, Meta(max_length=64, description="Empty: files without one.")] | None = None
    hashtag: Annotated[str, Meta(min_length=1, max_length=64, description="A hashtag, in capitals or not.")] | None = (
        None
    )
    provenance: Annotated[Provenance, Meta(description="The origin of the files.")] | None = None
    license: Annotated[str, Meta(max_length=64, description="A licence's identifier. Empty: none.")] | None = None
    folder: _Folder | None = None
    rating: (
        Annotated[int, Meta(ge=0, le=5, description="The minimum number of stars. 0: files without stars.")] | None
    ) = None
    label: Annotated[int, Meta(ge=0, le=9, description="A colour by its key, 6 to 9. 0: files without one.")] | None = (
        None
    )
    upload_id: Annotated[UUID, Meta(description="Files of this upload.")] | None = None
    q: Annotated[str, Meta(min_length=1, max_length=MAX_QUERY, description=_QUERY)] | None = None


# The folder's range of an index, and of that the exact spelling.
_IN_FOLDER = (
    "sort_path >= folder_key({value}::text) || chr(1) AND sort_path < folder_key({value}::text) || chr(3)"
    " AND (folder = {value}::text OR starts_with(folder, {value}::text || '/'))"
)
# The text of the lexemes in the table's definition.
_TEXT = """array_to_string(ARRAY[
    CASE WHEN right(original_path, length(name)) = name THEN NULL ELSE name END, original_path,
    theme, source, attribution, note, alt_text,
    left(generation ->> 'prompt', 2000), generation ->> 'model', generation ->> 'seed'] || hashtags, ' ')"""
_TYPES = {"sound": "audio", "companion": "other"} | {name: name for name in TYPE_WORDS}
_COLOR_KEYS = {"red": 6, "yellow": 7, "green": 8, "blue": 9}
_LABELS = _COLOR_KEYS | {str(key): key for key in _COLOR_KEYS.values()}
_FIELDS = {
    "type": choice("type", _TYPES),
    "format": text("file_format = {value}::text"),
    "theme": text("lower(theme) = {value}::text"),
    "alt": part("alt_text"),
    "model": part("generation ->> 'model'"),
    "warning": warning("content_warnings"),
    "in": msgspec.structs.replace(text(_IN_FOLDER), read=str),
    "folder": msgspec.structs.replace(text(_IN_FOLDER), read=str),
    "licence": text(LICENSE_BEGINS),
    "license": text(LICENSE_BEGINS),
    "label": choice("label", _LABELS, "smallint"),
    "before": before("asset.created_at"),
    "after": after("asset.created_at"),
    "width": number("width"),
    "height": number("height"),
    "frames": number("frame_count"),
    "duration": number("duration_sec"),
    "size": size("size_bytes"),
    "stars": number("rating"),
    "rating": number("rating"),
}
FILES = Subject(
    fields=_FIELDS,
    lexemes="lexemes",
    text=_TEXT,
    newest="""
SELECT DISTINCT unnest(tsvector_to_array(lexemes))
  FROM (SELECT lexemes FROM asset WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2) AS newest""",
    exists="SELECT EXISTS (SELECT FROM asset WHERE lexemes @@ $1::text::tsquery)",
)

# Filters with a facet, which counts the files that match all the other filters.
CHOICES = {
    "state": "state = {value}::text",
    "type": "type = {value}::text",
    "provenance": "provenance = {value}::text",
    "theme": "theme = {value}::text",
    "rating": "rating >= {value}::smallint",
    "label": "label = {value}::smallint",
}
# The conditions of an empty text or 0.
_WITHOUT = {
    "license": "license_id IS NULL",
    "theme": "theme IS NULL",
    "folder": "folder = ''",
    "rating": "rating = 0",
    "label": "label IS NULL",
}
_NOT_TRASH = "state <> 'trash'"
_OWNED = "user_id = $1"
# Where another condition finds the files, an index on the user would only be read in addition (BitmapAnd).
_OWNED_TOO = f"({_OWNED}) IS TRUE"


class Where(msgspec.Struct, frozen=True):
    """A filter as SQL on ``asset``, whose parameters begin with the user.

    Args:
        found: the condition by which an index finds the files, if it is another than the user.
        query: the parameter of a search's tsquery, which is ``found``.
        narrowing: the conditions without a facet.
        choices: the condition of each chosen facet.
    """

    found: str | None
    query: str | None
    narrowing: Sequence[str]
    choices: Mapping[str, str]
    values: Sequence[object]

    @classmethod
    async def read(cls, connection: Connection, chosen: AssetFilter, *, user_id: int) -> "Where":
        """The conditions of a filter.

        Args:
            connection: ``with_custom_plans``.

        Raises:
            ProblemError: 422, a value of the search that its name cannot be compared with.
        """
        search = None
        if chosen.q is not None or chosen.hashtag is not None:
            typed = f"{chosen.q or ''} {tag_term(chosen.hashtag)}".strip()
            search = await read_search(connection, FILES, typed, owner_id=user_id)
        where = cls.of(chosen, user_id=user_id, search=search)
        if search is None or not search.is_of_words or await connection.fetchval(FILES.exists, search.query):
            return where
        return cls.of(chosen, user_id=user_id, search=search, is_in_words=True)

    @classmethod
    def of(
        cls, chosen: AssetFilter, *, user_id: int, search: Search | None = None, is_in_words: bool = False
    ) -> "Where":
        """The conditions, with those of a parsed search.

        Args:
            is_in_words: whether its words are searched in the middle of words, in names and folders.
        """
        parameters = Parameters(user_id)
        narrowing = []
        choices = {} if chosen.state else {"state": _NOT_TRASH}
        for name, template in CHOICES.items():
            if (value := getattr(chosen, name)) is not None:
                choices[name] = _condition(template, name, value, parameters)
        if chosen.license is not None:
            narrowing.append(_condition(HAS_LICENSE, "license", chosen.license, parameters))
        if chosen.folder is not None:
            narrowing.append(_condition(_IN_FOLDER, "folder", chosen.folder, parameters))
        found = query = None
        if chosen.upload_id is not None:
            of_upload = "SELECT asset_id FROM reports WHERE batch_id = {value} AND user_id = $1"
            found = f"asset.id = ANY (ARRAY({of_upload.replace('{value}', parameters.add(chosen.upload_id))}))"
        if search is not None:
            if search.is_empty:
                narrowing.append("false")
            elif is_in_words:
                has_them = in_names(parameters, "sort_path", search.words)
                in_words = f"SELECT id FROM asset WHERE {_OWNED} AND {has_them}"
                narrowing.append(f"asset.id = ANY (ARRAY({in_words}))")
            elif search.query is not None:
                query = parameters.add(search.query)
                matches = f"lexemes @@ {query}::text::tsquery"
                found = matches if found is None else f"{found} AND {matches}"
            narrowing += search.conditions(parameters, FILES)
        return cls(found, query if chosen.upload_id is None else None, narrowing, choices, parameters.values)

    @property
    def base(self) -> str:
        """The conditions without those of facets."""
        return " AND ".join([f"{self.found} AND {_OWNED_TOO}" if self.found else _OWNED, *self.narrowing])

    @property
    def sql(self) -> str:
        return " AND ".join([self.base, *self.choices.values()])

    @property
    def checked(self) -> str:
        """The conditions on a file of the user's that an order's index has found."""
        return " AND ".join([*([self.found] if self.found else []), *self.narrowing, *self.choices.values()]) or "true"

    def without(self, facet: str) -> str:
        """The conditions of all facets but this one."""
        return " AND ".join([sql for name, sql in self.choices.items() if name != facet]) or "true"

    def numbered(self, place: int) -> str:
        """The parameter after this filter's, counted from 1."""
        return f"${len(self.values) + place}"


def _condition(template: str, name: str, value: object, parameters: Parameters) -> str:
    return template.replace("{value}", parameters.add(value)) if value else _WITHOUT[name]
