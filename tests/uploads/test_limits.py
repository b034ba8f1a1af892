"""What an upload may not do, for any user and in any order."""

from typing import Any

import msgspec
import pytest

from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings

from ..conftest import Serve, WorkOff
from ..site import Api, Site
from .pictures import picture
from .sender import Sender, announced


async def test_a_key_is_its_owners_alone(sender: Sender, site: Site) -> None:
    key, file = {"Idempotency-Key": "the-same"}, announced("a.png", b"a")
    first, again = [await sender.announce(file, headers=key) for _ in range(2)]
    assert again.json["id"] == first.json["id"]
    other = await Sender(sender.api, await site.add_user("other")).announce(file, headers=key)
    assert (other.status, other.json["id"] == first.json["id"]) == (201, False)


async def test_trying_again_needs_room_as_announcing_does(sender: Sender, serve: Serve, settings: Settings) -> None:
    small = msgspec.structs.replace(settings, library_max_bytes=100)
    async with Api((await serve(small)).make_url("/"), small) as api:
        limited = Sender(api, sender.user)
        upload = (await limited.announce({"path": "a.png", "size_bytes": 60})).json
        assert (await limited.call(upload["id"], "stop")).status == 200
        assert (await limited.announce({"path": "b.png", "size_bytes": 60})).status == 201
        again = await limited.call(upload["id"], "retry", {})
        assert (again.status, again.json["type"]) == (422, "urn:pmd:problem:library-full")
        assert (await limited.upload(upload["id"]))["status"] == "failed"


async def test_undo_leaves_what_a_pack_has(sender: Sender, pool: Pool, work_off: WorkOff) -> None:
    contents = {"a.png": picture(1), "b.png": picture(2)}
    upload = (await sender.announce(*[announced(path, data) for path, data in contents.items()])).json
    for line in upload["files"]:
        assert (await sender.patch(line["url"], contents[line["path"]])).status == 204
    await work_off()
    packed, free = [line["asset_id"] for line in await sender.lines(upload["id"])]
    pack = await pool.fetchval(
        "INSERT INTO pack (user_id, name, slug, license_type) VALUES ($1, 'Sea', 'sea', 'personal') RETURNING id",
        sender.user,
    )
    await pool.execute("INSERT INTO pack_asset (pack_id, asset_id) VALUES ($1, $2)", pack, packed)
    undone = (await sender.call(upload["id"], "undo")).json
    assert (undone["affected_count"], undone["kept_count"]) == (1, 1)
    assert await pool.fetchval("SELECT array_agg(id) FROM asset WHERE deleted_at IS NOT NULL") == [free]


async def test_stopping_a_file_stops_its_followers(sender: Sender) -> None:
    upload = (await sender.announce(announced("a.png", b"same"), announced("b.png", b"same"))).json
    url = upload["files"][0]["url"]
    stopped = await sender.api.call("DELETE", url, user=sender.user, headers={"Tus-Resumable": "1.0.0"})
    assert stopped.status == 204
    assert [line["error_code"] for line in await sender.lines(upload["id"])] == ["stopped", "stopped"]
    assert (await sender.upload(upload["id"]))["status"] == "failed"


@pytest.mark.parametrize("most", [2])
async def test_an_upload_has_so_many_files_however_they_come(
    sender: Sender, serve: Serve, settings: Settings, most: int
) -> None:
    small = msgspec.structs.replace(settings, upload_max_files=most)
    async with Api((await serve(small)).make_url("/"), small) as api:
        limited = Sender(api, sender.user)
        files: list[dict[str, Any]] = [{"path": f"{number}.png", "size_bytes": 9} for number in range(most + 1)]
        assert (await limited.announce(*files)).status == 422
        upload = (await limited.announce(files[0])).json
        statuses = [(await limited.create(each["path"], 9, upload=upload["id"])).status for each in files[1:]]
        assert statuses == [201, 409]
