"""Which licence a folder's LICENSE is: offered for its files, and never taken for granted."""

import asyncio
from typing import Annotated

import msgspec
from msgspec import Meta

from ..base.database import Pool
from ..site.license_texts import MAX_TEXT, recognize
from ..site.licenses import License, list_licenses


class LicenseFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands in a LICENSE file."""

    text: Annotated[str, Meta(max_length=MAX_TEXT, examples=["SPDX-License-Identifier: CC-BY-4.0"])]


class RecognizedLicense(msgspec.Struct, frozen=True, kw_only=True):
    """The licence that it is, of those that files can have here; null: none of them, or it is unclear."""

    license: License | None


async def recognize_license(pool: Pool, body: LicenseFile) -> RecognizedLicense:
    """The site's licence that this text declares, names by its address or is."""
    identifier = await asyncio.to_thread(recognize, body.text)
    licenses = await list_licenses(pool) if identifier else []
    return RecognizedLicense(license=next((each for each in licenses if each.identifier == identifier), None))
