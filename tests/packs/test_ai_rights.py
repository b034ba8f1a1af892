"""An edition says which of its files are not for training AI, and those that can say it themselves."""

import io
import json
import zipfile
from typing import Any

import pytest

from ..conftest import WorkOff
from ..site import Api
from .conftest import Artist
from .exports import export, picture
from .test_packs import make

OPT_OUT = b"DMI-PROHIBITED-AIMLTRAINING"


async def packed(
    api: Api, artist: Artist, work_off: WorkOff, assets: list[int], **columns: Any
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The records of the files in the manifest, and the files, by name."""
    pack = await make(api, artist, assets, **{"marks": "strip"} | columns)
    details = await export(api, artist, pack, work_off)
    assert details["export"]["status"] == "completed", details
    answer = await api.get(details["download_url"], user=artist.user)
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        files = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    records = {each["filename"]: each for each in json.loads(files["manifest.json"])["assets"]}
    return records, {name: files[record["rel_path"]] for name, record in records.items()}


@pytest.mark.stores
async def test_files_of_a_stripped_pack_say_that_they_are_not_for_training(
    api: Api, artist: Artist, work_off: WorkOff
) -> None:
    out = await artist.add("out.png", picture("red"), ai_opt_out=True)
    made = await artist.add("made.png", picture("green"), provenance="ai_generated")
    free = await artist.add("free.png", picture("blue"))
    sound = await artist.add(
        "map.txt", b"a map", type="other", file_format="txt", mime_type="text/plain", ai_opt_out=True
    )
    records, files = await packed(api, artist, work_off, [out, made, free, sound])
    assert {name: OPT_OUT in data for name, data in files.items()} == {
        "out.png": True, "made.png": False, "free.png": False, "map.txt": False,
    }  # fmt: skip
    assert b"trainedAlgorithmicMedia" in files["made.png"]
    assert files["free.png"] == picture("blue")
    stated = {name: (each["ai_opt_out"], each["ai_disclosure"], each["ai_marks"]) for name, each in records.items()}
    assert stated == {
        "out.png": (True, None, True), "made.png": (False, "generated", True), "free.png": (False, None, False),
        "map.txt": (True, None, False),
    }  # fmt: skip
    # The library's own file is what was uploaded.
    assert (await api.get(f"/api/pmd/assets/{out}/file", user=artist.user)).body == picture("red")


async def test_pack_of_unchanged_files_says_it_in_its_manifest(api: Api, artist: Artist, work_off: WorkOff) -> None:
    out = await artist.add("out.png", picture("red"), ai_opt_out=True)
    records, files = await packed(api, artist, work_off, [out], marks="keep")
    assert files["out.png"] == picture("red")
    assert (records["out.png"]["ai_opt_out"], records["out.png"]["ai_marks"]) == (True, False)


async def test_works_own_word_comes_before_the_posts_and_the_artists(
    api: Api, artist: Artist, work_off: WorkOff
) -> None:
    pool, user = artist.site.pool, artist.user
    await pool.execute(
        """INSERT INTO publishing_rule (user_id, weekdays, times, time_zone, ai_opt_out)
           VALUES ($1, '{1}', '{18:00}', 'UTC', true)""",
        user,
    )
    post = await artist.site.add_post(user)
    await pool.execute("INSERT INTO post_details (post_id, owner_id, ai_opt_out) VALUES ($1, $2, false)", post, user)
    assets = [
        await artist.add("default.png", picture("red")),
        await artist.add("own.png", picture("green"), ai_opt_out=False),
        await artist.add("posted.png", picture("blue"), post_id=post),
        await artist.add("own-posted.png", picture("teal"), post_id=post, ai_opt_out=True),
    ]
    records, _ = await packed(api, artist, work_off, assets)
    assert {name: each["ai_opt_out"] for name, each in records.items()} == {
        "default.png": True, "own.png": False, "posted.png": False, "own-posted.png": True,
    }  # fmt: skip
