"""Downloads of files of the library: what is in the ZIP, its limits, and resuming."""

import io
import zipfile

import pytest

from pmd_service.downloads import file_build, file_requests

from ..conftest import WorkOff
from ..site import BORN, Api, Site

FILES = "/api/pmd/assets/download"


async def downloaded(api: Api, artist: int, location: str) -> zipfile.ZipFile:
    answer = await api.get(f"{location}/download", user=artist)
    assert answer.status == 200
    return zipfile.ZipFile(io.BytesIO(answer.body))


async def test_a_folder_is_one_zip_with_its_folders(site: Site, api: Api, work_off: WorkOff) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    for number, path in enumerate(("pack/a.png", "pack/b/A.png", "pack/b/a.png", "packs/x.png", "pack0/y.png")):
        await site.add_asset(artist, b"bytes %d" % number, original_path=path, name=path.rpartition("/")[2])
    await site.add_asset(artist, b"gone", original_path="pack/gone.png", name="gone.png", deleted_at=BORN)
    await site.add_asset(other, b"theirs", original_path="pack/theirs.png", name="theirs.png")
    made = await api.post(FILES, {"folder": "pack"}, user=artist)
    assert (made.status, made.json["artwork_count"]) == (202, 3)
    await work_off()
    bdr = (await api.get(made.headers["Location"], user=artist)).json
    assert (bdr["status"], bdr["name"], bdr["file_count"], bdr["missing_count"]) == ("ready", "pack", 3, 0)
    archive = await downloaded(api, artist, made.headers["Location"])
    assert sorted(archive.namelist()) == ["pack/a.png", "pack/b/A.png", "pack/b/a-2.png"]
    assert archive.read("pack/a.png") == b"bytes 0"
    assert archive.testzip() is None


async def test_chosen_files_resume_by_range(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user()
    chosen = [await site.add_asset(artist, b"bytes %d" % number, name=f"{number}.png") for number in range(3)]
    made = await api.post(FILES, {"asset_ids": [*chosen, chosen[0]], "name": "Three"}, user=artist)
    await work_off()
    whole = await api.get(f"{made.headers['Location']}/download", user=artist)
    assert 'filename="Three.zip"' in whole.headers["Content-Disposition"]
    headers = {"Range": "bytes=100-", "If-Range": whole.headers["ETag"]}
    rest = await api.get(f"{made.headers['Location']}/download", user=artist, headers=headers)
    assert (rest.status, rest.body) == (206, whole.body[100:])


async def test_chosen_files_are_loaded_in_pages(
    site: Site, api: Api, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_build, "PAGE", 2)
    artist = await site.add_user()
    chosen = [await site.add_asset(artist, b"bytes %d" % number, name="a.png") for number in range(5)]
    made = await api.post(FILES, {"asset_ids": chosen}, user=artist)
    await work_off()
    archive = await downloaded(api, artist, made.headers["Location"])
    named = ["a.png", "a-2.png", "a-3.png", "a-4.png", "a-5.png"]
    assert [archive.read(name) for name in named] == [b"bytes %d" % number for number in range(5)]
    assert archive.namelist() == named


async def test_what_is_not_there_is_refused_or_named(
    site: Site, api: Api, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    own = [await site.add_asset(artist, original_path=f"sea/{n}.png", name=f"{n}.png") for n in range(3)]
    theirs = await site.add_asset(other)
    refused = await api.post(FILES, {"asset_ids": [own[0], theirs]}, user=artist)
    assert (refused.status, refused.json["errors"][0]["path"]) == (400, "$.asset_ids[1]")
    assert (await api.post(FILES, {"folder": "se"}, user=artist)).status == 400
    bodies: tuple[dict[str, object], ...] = ({}, {"asset_ids": own, "folder": "sea"}, {"asset_ids": []})
    for body in bodies:
        assert (await api.post(FILES, body, user=artist)).status == 422
    made = await api.post(FILES, {"asset_ids": own}, user=artist)
    await site.pool.execute("UPDATE asset SET deleted_at = now() WHERE id = $1", own[0])
    in_trash = await api.post(FILES, {"asset_ids": own}, user=artist)
    assert (in_trash.status, in_trash.json["errors"][0]["path"]) == (400, "$.asset_ids[0]")
    await work_off()
    missing = (await api.get(f"{made.headers['Location']}/missing", user=artist)).json["items"]
    assert [each["reason"] for each in missing] == ["The file was deleted."]
    assert len((await downloaded(api, artist, made.headers["Location"])).namelist()) == 2
    monkeypatch.setattr(file_requests, "MAX_FILES", 1)
    assert (await api.post(FILES, {"folder": "sea"}, user=artist)).status == 422


async def test_a_download_of_no_file_left_fails_and_is_retried(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user()
    asset = await site.add_asset(artist)
    made = await api.post(FILES, {"asset_ids": [asset]}, user=artist)
    await site.pool.execute("UPDATE asset SET deleted_at = now() WHERE id = $1", asset)
    await work_off()
    failed = (await api.get(made.headers["Location"], user=artist)).json
    assert (failed["status"], failed["error_message"]) == ("failed", "None of the requested files is there any more.")
    await site.pool.execute("UPDATE asset SET deleted_at = NULL WHERE id = $1", asset)
    assert (await api.post(f"{made.headers['Location']}/retry", {}, user=artist)).status == 200
    await work_off()
    assert len((await downloaded(api, artist, made.headers["Location"])).namelist()) == 1
