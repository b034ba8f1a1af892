"""Which files of a library are meant: the filters of its list, as SQL."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from ..assets.asset import AssetType, Provenance
from ..base.database import Connection, Pool

State: TypeAlias = Literal["new", "approved", "set_aside", "trash"]

_Folder = Annotated[str, Meta(max_length=1024, description="Those in it, or below it. Empty: those in no folder.")]
_WORDS = (
    "Is somewhere in the name, the path, the theme, the source, the attribution, the note, a hashtag, or the prompt, "
    "model or seed that its own marks tell; one or two letters where a word begins. Whatever parts words is one space. "
    "Where nothing has it, the newest 2,000 files are asked for what is written nearly so (`is_alike`)."
)


class AssetFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which files are meant; an empty text means those without a theme or a licence."""

    state: Annotated[State, Meta(description="Everything but the trash, unless told.")] | None = None
    type: Annotated[AssetType, Meta(description="By content.")] | None = None
    theme: Annotated[str, Meta(max_length=64, description="Empty: those without one.")] | None = None
    hashtag: Annotated[str, Meta(min_length=1, max_length=64, description="One that they have.")] | None = None
    provenance: Annotated[Provenance, Meta(description="Where they come from.")] | None = None
    license: Annotated[str, Meta(max_length=64, description="A licence's identifier. Empty: none.")] | None = None
    folder: _Folder | None = None
    rating: Annotated[int, Meta(ge=0, le=5, description="At least so many stars. 0: those without.")] | None = None
    label: Annotated[int, Meta(ge=0, le=9, description="A colour by its key, 6 to 9. 0: those without.")] | None = None
    upload: Annotated[UUID, Meta(description="Those that this upload brought.")] | None = None
    q: Annotated[str, Meta(min_length=1, max_length=100, description=_WORDS)] | None = None


# Filters that no facet is made of. Each names its parameter by %s.
_NARROWING = {
    # The folder's part of an index, and of that what is spelt as it is.
    "folder": (
        "sort_path >= folder_key(%s::text) || chr(1) AND sort_path < folder_key(%s::text) || chr(3)"
        " AND (folder = %s::text OR starts_with(folder, %s::text || '/'))"
    ),
    "hashtag": "hashtags @> ARRAY[%s::text]",
    "license": "license_id = %s::int",
    "upload": "asset.id = ANY (ARRAY(SELECT asset_id FROM reports WHERE batch_id = %s AND user_id = $1))",
}
# Those that there is a facet for; it counts what all the others leave.
CHOICES = {
    "state": "state = %s::text",
    "type": "type = %s::text",
    "provenance": "provenance = %s::text",
    "theme": "theme = %s::text",
    "rating": "rating >= %s::smallint",
    "label": "label = %s::smallint",
}
# An empty text, or 0, is a value of these: none.
_WITHOUT = {
    "license": "license_id IS NULL",
    "theme": "theme IS NULL",
    "folder": "folder = ''",
    "rating": "rating = 0",
    "label": "label IS NULL",
}
_NOT_TRASH = "state <> 'trash'"
_OWNED = "user_id = $1"
# For files that are given by their ids: no index on the user serves it, so each is read by its id, whatever the
# statistics say. They know IS TRUE (not ``user_id + 0``), and so how many of the files are the user's.
_OWNED_BY_ID = f"({_OWNED}) IS TRUE"


class Where(msgspec.Struct, frozen=True):
    """A filter as SQL: conditions on ``asset``, those that narrow and those of each facet, and their values from $2."""

    narrowing: Sequence[str]
    choices: Mapping[str, str]
    values: Sequence[object]
    owner: str = _OWNED

    @classmethod
    def of(cls, chosen: AssetFilter, *, license_id: int | None = None) -> "Where":
        """The conditions for what was chosen.

        Args:
            license_id: the chosen licence's; None where there is none by its identifier: nothing has that.
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
        """The same; a licence is looked up first, for its id's own plan: some have all files, and some have none."""
        if not chosen.license:
            return cls.of(chosen)
        license_id = await connection.fetchval("SELECT id FROM licenses WHERE identifier = $1", chosen.license)
        return cls.of(chosen, license_id=license_id)

    def among(self, asset_ids: Sequence[int]) -> "Where":
        """The same, of the files that a search has found."""
        values = [*self.values, asset_ids]
        narrowing = [*self.narrowing, f"asset.id = ANY (${len(values) + 1}::int[])"]
        return Where(narrowing, self.choices, values, _OWNED_BY_ID)

    def named(self, asset_ids: Sequence[int]) -> "Where":
        """The same, of the files that the narrowing filters have left, which are not looked at again."""
        left = f"(true OR {' AND '.join(self.narrowing)})"  # names them for their values' types
        return Where([left], self.choices, self.values).among(asset_ids)

    @property
    def is_of_states(self) -> bool:
        """Whether it leaves all of some states."""
        return not self.narrowing and self.choices.keys() <= {"state"}

    @property
    def is_of_one_state(self) -> bool:
        return self.is_of_states and self.choices["state"] != _NOT_TRASH

    @property
    def sql(self) -> str:
        return " AND ".join([self.base, *self.choices.values()])

    @property
    def base(self) -> str:
        """What no facet is made of."""
        return " AND ".join([self.owner, *self.narrowing])

    @property
    def any_choice(self) -> str:
        """What leaves all, and names the choices for their values' types."""
        return " OR ".join(["true", *self.choices.values()])

    def narrowed(self, names: Sequence[str]) -> "Where":
        """The same, with choices that no facet is made of."""
        choices = {name: sql for name, sql in self.choices.items() if name not in names}
        return Where([*self.narrowing, *(self.choices[name] for name in names)], choices, self.values, self.owner)

    def beside(self, facet: str) -> str:
        """The conditions of all other facets."""
        return " AND ".join([sql for name, sql in self.choices.items() if name != facet]) or "true"
