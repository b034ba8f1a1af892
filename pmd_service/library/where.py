"""The filters of a library's list, as SQL."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from ..assets.asset import AssetType, Provenance
from ..base.database import Connection, Pool

State: TypeAlias = Literal["new", "approved", "set_aside", "trash"]

_Folder = Annotated[str, Meta(max_length=1024, description="Files in it or below it. Empty: files without a folder.")]
_WORDS = (
    "Text in the name, path, theme, source, attribution, note or a hashtag, or in the prompt, model or seed from the "
    "file's metadata; one or two letters match the beginning of a word. Any separator of words equals a space. Without "
    "a match, the newest 2,000 files are searched for similar words (`is_alike`)."
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
    upload: Annotated[UUID, Meta(description="Files of this upload.")] | None = None
    q: Annotated[str, Meta(min_length=1, max_length=100, description=_WORDS)] | None = None


# Filters without a facet; %s is the parameter.
_NARROWING = {
    # The folder's range of an index, and of that the exact spelling.
    "folder": (
        "sort_path >= folder_key(%s::text) || chr(1) AND sort_path < folder_key(%s::text) || chr(3)"
        " AND (folder = %s::text OR starts_with(folder, %s::text || '/'))"
    ),
    "hashtag": "hashtags @> ARRAY[lower(%s::text)]",
    "license": "license_id = %s::int",
    "upload": "asset.id = ANY (ARRAY(SELECT asset_id FROM reports WHERE batch_id = %s AND user_id = $1))",
}
# Filters with a facet, which counts the files that match all the other filters.
CHOICES = {
    "state": "state = %s::text",
    "type": "type = %s::text",
    "provenance": "provenance = %s::text",
    "theme": "theme = %s::text",
    "rating": "rating >= %s::smallint",
    "label": "label = %s::smallint",
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
# For files given by their ids: no index on the user can be used for it, so each file is read by its id, whatever the
# statistics say. Unlike ``user_id + 0``, IS TRUE still lets Postgres estimate how many of the files are the user's.
_OWNED_BY_ID = f"({_OWNED}) IS TRUE"


class Where(msgspec.Struct, frozen=True):
    """A filter as SQL: the narrowing conditions on ``asset``, those of each facet, and their values from $2 on."""

    narrowing: Sequence[str]
    choices: Mapping[str, str]
    values: Sequence[object]
    owner: str = _OWNED

    @classmethod
    def of(cls, chosen: AssetFilter, *, license_id: int | None = None) -> "Where":
        """The conditions of a filter.

        Args:
            license_id: the id of the chosen licence; None if it does not exist, which matches no file.
        """
        values: list[object] = []
        narrowing: list[str] = []
        choices = {} if chosen.state else {"state": _NOT_TRASH}
        for name, template in (_NARROWING | CHOICES).items():
            value = getattr(chosen, name)
            if value is None:
                continue
            if not value:
                sql = _WITHOUT[name]
            else:
                values.append(license_id if name == "license" else value)
                sql = template.replace("%s", f"${len(values) + 1}")
            if name in _NARROWING:
                narrowing.append(sql)
            else:
                choices[name] = sql
        return cls(narrowing, choices, values, _OWNED_BY_ID if chosen.upload else _OWNED)

    @classmethod
    async def read(cls, connection: Connection | Pool, chosen: AssetFilter) -> "Where":
        """The same, after looking up the licence's id, by which Postgres estimates the number of files."""
        if not chosen.license:
            return cls.of(chosen)
        license_id = await connection.fetchval("SELECT id FROM licenses WHERE identifier = $1", chosen.license)
        return cls.of(chosen, license_id=license_id)

    def among(self, asset_ids: Sequence[int]) -> "Where":
        """The same filter among these files."""
        values = [*self.values, asset_ids]
        narrowing = [*self.narrowing, f"asset.id = ANY (${len(values) + 1}::bigint[])"]
        return Where(narrowing, self.choices, values, _OWNED_BY_ID)

    def named(self, asset_ids: Sequence[int]) -> "Where":
        """The same filter among these files, which are known to match the narrowing filters."""
        left = f"(true OR {' AND '.join(self.narrowing)})"  # keeps them for the types of their parameters
        return Where([left], self.choices, self.values).among(asset_ids)

    @property
    def is_of_states(self) -> bool:
        """Whether it selects by state only."""
        return not self.narrowing and self.choices.keys() <= {"state"}

    @property
    def is_of_one_state(self) -> bool:
        return self.is_of_states and self.choices["state"] != _NOT_TRASH

    @property
    def sql(self) -> str:
        return " AND ".join([self.base, *self.choices.values()])

    @property
    def base(self) -> str:
        """The conditions without those of facets."""
        return " AND ".join([self.owner, *self.narrowing])

    @property
    def any_choice(self) -> str:
        """A condition that is always true, and has the facets' conditions for the types of their parameters."""
        return " OR ".join(["true", *self.choices.values()])

    def narrowed(self, names: Sequence[str]) -> "Where":
        """The same filter, with the conditions of these facets made narrowing."""
        choices = {name: sql for name, sql in self.choices.items() if name not in names}
        return Where([*self.narrowing, *(self.choices[name] for name in names)], choices, self.values, self.owner)

    def without(self, facet: str) -> str:
        """The conditions of all facets but this one."""
        return " AND ".join([sql for name, sql in self.choices.items() if name != facet]) or "true"
