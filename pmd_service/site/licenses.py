"""The site's licences, and the URLs of their texts."""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated

import msgspec

from ..base.database import Connection, Pool
from ..http.errors import ProblemError, unprocessable
from .license_texts import spdx_texts


class License(msgspec.Struct, frozen=True, kw_only=True):
    """A licence that a post may have; ``url`` is its text's, if the identifier is a known one."""

    id: Annotated[int, msgspec.Meta(examples=[2])]
    identifier: Annotated[str, msgspec.Meta(examples=["CC-BY-4.0"])]
    title: Annotated[str, msgspec.Meta(examples=["Creative Commons Attribution 4.0"])]
    url: Annotated[str | None, msgspec.Meta(examples=["https://creativecommons.org/licenses/by/4.0/"])]


class LicenseList(msgspec.Struct, frozen=True, kw_only=True):
    """Every licence of the site, by its id."""

    items: Sequence[License]


def license_url(identifier: str) -> str | None:
    """The URL of a licence's text by its SPDX identifier; None for a site's own licences."""
    known = spdx_texts().get(identifier)
    # The summary for people, which links to the text.
    return known.url.removesuffix("legalcode") if known and known.url else None


async def list_licenses(connection: Connection | Pool) -> list[License]:
    rows = await connection.fetch("SELECT id, identifier, title FROM licenses ORDER BY id")
    return [License(**row, url=license_url(row["identifier"])) for row in rows]


async def known_licenses(connection: Connection | Pool, license_ids: Collection[int | None]) -> set[int]:
    """Those of these that the site has."""
    wanted = [license_id for license_id in license_ids if license_id is not None]
    rows = await connection.fetch("SELECT id FROM licenses WHERE id = ANY ($1)", wanted) if wanted else []
    return {row["id"] for row in rows}


async def require_licenses(connection: Connection | Pool, wanted: Mapping[str, int | None]) -> None:
    """Check licences by their paths in the request.

    Raises:
        ProblemError: 422, the site does not have one of them.
    """
    known = await known_licenses(connection, wanted.values())
    for path, license_id in wanted.items():
        if license_id is not None and license_id not in known:
            raise unknown_license(license_id, path)


def unknown_license(license_id: int, path: str) -> ProblemError:
    return unprocessable(f"There is no licence {license_id}.", path=path)
