"""The mapping of a site's own tables to the relations that the service reads (SPEC section 14), from a TOML file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import msgspec

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]

# Every column that a statement of the service reads, by relation.
COLUMNS: Mapping[str, Sequence[str]] = {
    "users": (
        "id", "user_key", "public_sqid", "handle", "email", "roles", "deactivated", "banned_until", "created_at",
    ),
    "posts": (
        "id", "owner_id", "kind", "public_sqid", "title", "description", "hashtags", "art_url", "width", "height",
        "frame_count", "file_format", "file_bytes", "license_id", "hidden_by_user", "hidden_by_mod",
        "deleted_by_user", "deleted_by_user_date", "view_count", "created_at",
    ),
    "comments": (
        "id", "post_id", "author_id", "body", "hidden_by_mod", "deleted_by_owner", "deleted_by_mod", "created_at",
    ),
    "reactions": ("id", "post_id", "user_id", "emoji", "created_at"),
    "licenses": ("id", "identifier", "title"),
}  # fmt: skip

# Columns that a map may leave out: they read as NULL.
OPTIONAL: Mapping[str, Sequence[str]] = {"posts": ("renditions", "alt_text", "content_warning")}

# Where another type would fail only in some statement, or in none and be taken for something else.
TYPES: Mapping[str, Sequence[str]] = {
    "timestamp with time zone": ("banned_until", "created_at", "deleted_by_user_date"),
    "boolean": (
        "deactivated", "deleted_by_mod", "deleted_by_owner", "deleted_by_user", "hidden_by_mod", "hidden_by_user",
    ),
    "ARRAY": ("hashtags",),
    "json": ("roles",),
}  # fmt: skip

# The columns that actions write; the role may write nothing else of the site's.
WRITTEN = (
    "title", "description", "hashtags", "license_id", "hidden_by_user", "hidden_by_mod", "deleted_by_user",
    "deleted_by_user_date",
)  # fmt: skip


class SiteMapError(Exception):
    """The map is invalid; the message is one line that names the place."""


class View(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"source": "from"}):
    """One relation: the source of its rows, and an SQL expression for each column that the source names differently.

    The source is one table with an alias. Columns of other tables are scalar subqueries: a view over a join can neither
    be updated nor locked row by row.
    """

    source: str
    columns: dict[Name, str] = {}

    @property
    def table(self) -> str:
        """The table of the rows, without the alias."""
        return self.source.split()[0]


class SiteMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The mapping of a site's tables.

    Args:
        schema: the schema of the views and of the service's own tables; it is first in the role's search path.
        role: the role as which the service connects; it must exist.
        views: one for each relation of ``COLUMNS``; additional ones are created as given.
        indexes: by name, the text after ``CREATE INDEX … ON``; existing ones are left alone.
        insert_posts: whether the service may publish posts (PUBLISH=insert).
        audit: a statement that records a moderator's actions in the site's own audit trail, if it has one. It runs in
            the action's transaction, as the owner of the site's tables, with the parameters ``actor_id, action,
            target_user_id, post_ids, reason``.
    """

    views: dict[Name, View]
    schema: Name = "pmd"
    role: Name = "pmd"
    site_schema: Name = "public"
    indexes: dict[Name, str] = {}
    insert_posts: bool = False
    audit: str | None = None


def load_site_map(path: Path) -> SiteMap:
    """Raises: SiteMapError: it is not TOML, has unknown keys, or lacks a relation."""
    try:
        site_map = msgspec.toml.decode(path.read_bytes(), type=SiteMap)
    except (OSError, ValueError, msgspec.DecodeError) as error:
        raise SiteMapError(f"{path}: {error}") from error
    if missing := COLUMNS.keys() - site_map.views.keys():
        raise SiteMapError(f"{path}: no view for {', '.join(sorted(missing))}")
    for name, columns in COLUMNS.items():
        if unknown := site_map.views[name].columns.keys() - {*columns, *OPTIONAL.get(name, ())}:
            raise SiteMapError(f"{path}: {name} has no column {', '.join(sorted(unknown))}")
    return site_map
