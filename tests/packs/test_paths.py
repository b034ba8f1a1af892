"""Where a pack's files are packed: in the library's folders, or where the artist has put them, on every file system."""

from typing import Any

import pytest

from pmd_service.http.errors import ProblemError
from pmd_service.packs.licensing import PackFile
from pmd_service.packs.paths import MAX_DEPTH, checked_path, paths_of

from ..site import Api
from .conftest import Artist
from .files import pack_file
from .test_packs import PACKS, make


def files(*paths: str, **columns: Any) -> list[PackFile]:
    """Files of the library by their paths; “=” sets one in the pack."""
    made = []
    for number, each in enumerate(paths, start=1):
        path, _, own = each.partition("=")
        folder, _, name = path.rpartition("/")
        ending = name.rpartition(".")[2].lower()
        form = {"type": "image" if ending == "png" else "other", "file_format": ending, "pack_path": own or None}
        made.append(pack_file(number, name=name, folder=folder, **form | columns))
    return made


@pytest.mark.parametrize(
    ("given", "packed"),
    [
        (["a.png", "b.png"], ["a.png", "b.png"]),
        (["game/art/a.png", "game/maps/b.tmx"], ["art/a.png", "maps/b.tmx"]),
        (["game/art/a.png", "game/art/b.png"], ["a.png", "b.png"]),
        (["game/a.png", "game/art/b.png"], ["a.png", "art/b.png"]),
        (["game/a.png", "b.png"], ["game/a.png", "b.png"]),
        (["game/art/a.png", "game2/art/b.png"], ["game/art/a.png", "game2/art/b.png"]),
        # A file that was put somewhere by hand has no part in what the others have in common.
        (["x/a.png=top.png", "game/a.png", "game/art/b.png"], ["top.png", "a.png", "art/b.png"]),
        # Other files refer to names as they are written.
        (["Tiles.PNG", "Map.TMX", "photo.ogg"], ["Tiles.PNG", "Map.TMX", "photo.ogg"]),
        # Equal but for case, on systems that ignore it; what was set by hand is kept.
        (["a.png", "A.png", "a.PNG"], ["a.png", "A-2.png", "a-3.PNG"]),
        (["a.png", "x.png=A.png"], ["a-2.png", "A.png"]),
        (["x/a.png", "X/A.png", "y/b.png"], ["x/a.png", "X/A-2.png", "y/b.png"]),
        # A file and a folder of one name.
        (["a/art.png", "a/art.png/b.png"], ["art-2.png", "art.png/b.png"]),
        (["a/art.png", "a/Art.PNG/b.png"], ["art-2.png", "Art.PNG/b.png"]),
        (["a.b/c.d.png", "d/e.png"], ["a.b/c.d.png", "d/e.png"]),
    ],
)
def test_folders_are_kept_without_what_all_have_in_common(given: list[str], packed: list[str]) -> None:
    assert paths_of(files(*given), "folders") == packed


def test_a_flat_pack_has_no_folders() -> None:
    given = files("game/art/a.png", "game/maps/a.png", "c.png=d/e.png")
    assert paths_of(given, "flat") == ["a.png", "a-2.png", "c.png"]


HOSTILE = (
    "../../etc/passwd.png", "/srv/a.png", "a/../../b.png", "con/aux.png", "a<b>/c:d?.png", "..png", "x /y./z.png",
    "\u202egnp.exe/a.png", "a\n/b\r.png", f"{'x' * 300}/{'y' * 300}.png", "é/é.png", "[*]/**.png",
)  # fmt: skip


def test_hostile_folders_become_names_that_every_system_takes() -> None:
    for layout in ("folders", "flat"):
        paths = paths_of(files(*HOSTILE), layout)
        assert len({path.casefold() for path in paths}) == len(HOSTILE)
        for path in paths:
            assert path.isprintable()
            for part in path.split("/"):
                assert part.strip(". ") == part != ""
                assert not set(part) & set('<>:"\\|?*')
                assert len(part.encode()) <= 255
                assert part.partition(".")[0].lower() not in ("con", "aux")
            assert path.endswith("png")


def test_a_thousand_files_of_one_name_have_as_many_paths() -> None:
    assert len(set(paths_of(files(*["maps/a.png"] * 1024), "folders"))) == 1024


def test_the_ending_is_the_formats_whatever_the_name_says() -> None:
    assert paths_of(files("a.png", file_format="ogg", type="audio"), "folders") == ["a.ogg"]
    assert paths_of(files("a.exe", file_format="txt", type="other"), "folders") == ["a.txt"]
    assert paths_of(files("a.JPEG", file_format="jpg", type="image"), "folders") == ["a.JPEG"]


@pytest.mark.parametrize(
    "path",
    ["/a.png", "../a.png", "a/../b.png", "a//b.png", "./a.png", "a\\b.png", "con/a.png", "a/b.png ", "a\u202eb.png",
     "a.ogg", "a", "a/", "d/" * (MAX_DEPTH + 1) + "a.png", "a?.png", f"{'x' * 300}.png"],
)  # fmt: skip
def test_a_path_that_some_system_refuses_cannot_be_set(path: str) -> None:
    with pytest.raises(ProblemError):
        checked_path(path, file_format="png", at="$")


def test_a_path_with_the_formats_ending_can_be_set() -> None:
    for path, form in (("a/b c.PNG", "png"), ("é/ü.jpeg", "jpg"), ("map.tmx", "tmx")):
        assert checked_path(path, file_format=form, at="$") == path


async def test_an_artist_sets_and_unsets_a_files_path(api: Api, artist: Artist) -> None:
    ids = [await artist.add(f"{name}.png", name.encode(), original_path=f"sea/{name}.png") for name in "abc"]
    pack = await make(api, artist, ids)

    async def put(*paths: str | None) -> Any:
        body = {"assets": [{"asset_id": n, "path": path} for n, path in zip(ids, paths, strict=True)]}
        return await api.call("PUT", f"{PACKS}/{pack}/assets", user=artist.user, json=body)

    assets = (await put("waves/first.png", None, None)).json["assets"]
    assert [(each["path"], each["rel_path"]) for each in assets] == [
        ("waves/first.png", "assets/waves/first.png"), (None, "assets/b.png"), (None, "assets/c.png"),
    ]  # fmt: skip
    for one, other in (("x.png", "X.png"), ("X.png", "x.png")):
        twice = await put(one, other, None)
        assert (twice.status, twice.json["errors"][0]["path"]) == (422, "$.assets[1].path")
    assert (await put("../x.png", None, None)).status == 422
    assert (await put("x" * 501, None, None)).status == 422
    assert [each["path"] for each in (await put(None, None, None)).json["assets"]] == [None] * 3
    flat = await api.call("PATCH", f"{PACKS}/{pack}", user=artist.user, json={"layout": "flat"})
    assert (flat.json["layout"], flat.json["assets"][0]["rel_path"]) == ("flat", "assets/a.png")
    assert (await api.call("PATCH", f"{PACKS}/{pack}", user=artist.user, json={"layout": "deep"})).status == 422
