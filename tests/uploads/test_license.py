"""A folder's LICENSE is read, and offered for its files."""

import pytest
from aiohttp.test_utils import TestServer

from pmd_service.http.turns import TURNS
from pmd_service.site.license_texts import recognize, spdx_texts

from ..site import Site
from .sender import Sender


def test_every_licence_that_we_ship_is_known_by_its_text(subtests: pytest.Subtests) -> None:
    for identifier, reported in spdx_texts().items():
        with subtests.test(identifier):
            assert recognize(reported.text) == identifier
            reflowed = "\n\n".join(["Arcade pack, by Somebody", *reported.text.upper().split("\n")])
            assert recognize(reflowed.replace("HTTP", "")) in (identifier, None)


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("SPDX-License-Identifier: CC-BY-SA-4.0", "CC-BY-SA-4.0"),
        ("License: CC0\nhttp://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("Use it: https://creativecommons.org/licenses/by/4.0/deed.de", "CC-BY-4.0"),
        ("One: creativecommons.org/licenses/by/4.0 other: creativecommons.org/licenses/by-sa/4.0", None),
        ("SPDX-License-Identifier: MIT", None),
        ("Space pack. License: (Creative Commons Zero, CC0). No credit needed.", "CC0-1.0"),
        ("Textures by Nora, CC-BY 4.0", "CC-BY-4.0"),
        ("Sounds under cc by-nc-sa 4.0", "CC-BY-NC-SA-4.0"),
        ("Sprites are CC0, sounds are CC BY 3.0", None),
        ("Sprites are CC0, sounds are CC BY 4.0", None),
        ("The ACC0UNT is closed", None),
        ("All rights reserved. Ask me first.", None),
        ("", None),
    ],
)
def test_a_licence_is_known_by_its_identifier_or_its_address(text: str, identifier: str | None) -> None:
    assert recognize(text) == identifier


async def test_the_sites_licence_is_returned_and_nothing_changes(sender: Sender) -> None:
    async def ask(text: str) -> object:
        answer = await sender.api.post("/api/pmd/uploads/license", {"text": text}, user=sender.user)
        assert answer.status == 200
        return answer.json["license"] and answer.json["license"]["identifier"]

    assert await ask(spdx_texts()["CC-BY-4.0"].text) == "CC-BY-4.0"
    assert await ask("do what you want") is None
    too_long = await sender.api.post("/api/pmd/uploads/license", {"text": "x" * 70_000}, user=sender.user)
    assert too_long.status == 422


async def test_a_licence_is_recognized_within_the_callers_turn(
    sender: Sender, site: Site, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way: list[str] = []

    def recognized(_text: str) -> None:
        under_way.extend(server.app[TURNS]._queues)

    monkeypatch.setattr("pmd_service.uploads.routes.recognize", recognized)
    answer = await sender.api.post("/api/pmd/uploads/license", {"text": "any"}, user=sender.user)
    assert answer.json == {"license": None}
    assert under_way == [site.sqid(sender.user)]
