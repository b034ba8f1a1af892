"""Announcing: what would become of each file, what is reserved, and what needs no bytes."""

import asyncio
import hashlib
from http import HTTPStatus
from typing import Any

import msgspec
import pytest

from pmd_service.assets.asset import lock_library
from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings

from ..locks import wait_for_waiting, waits_for_a_lock
from ..site import Api, Site
from .conftest import add_known
from .sender import TUS, Sender, announced

MIB = 1024**2
RED, BLUE, GREEN = b"red pixels", b"blue pixels", b"green pixels"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, library_max_bytes=100)


async def test_a_check_returns_verdicts_and_quota_and_changes_nothing(sender: Sender, pool: Pool, artist: int) -> None:
    there = await add_known(pool, artist, RED)
    trashed = await add_known(pool, artist, BLUE, trashed=True)
    answer = await sender.check(
        announced("a/red.png", RED), announced("blue.png", BLUE), announced("green.png", GREEN), announced("x.htm", RED)
    )
    assert [item["verdict"] for item in answer["items"]] == ["already_there", "in_trash", "new", "refused"]
    assert [item["asset_id"] for item in answer["items"]] == [there.asset_id, trashed.asset_id, None, None]
    assert answer["items"][3]["code"] == "active_content"
    used = len(RED) + len(BLUE)
    assert answer["allowance"] == {
        "limit_bytes": 100,
        "used_bytes": used,
        "reserved_bytes": 0,
        "left_bytes": 100 - used,
        "max_files": 200_000,
        "file_count": 2,
        "left_files": 199_998,
    }
    assert await pool.fetchval("SELECT count(*) FROM batch_reports") == 0
    assert await pool.fetchval("SELECT count(*) FROM asset WHERE deleted_at IS NOT NULL") == 1


async def test_known_files_succeed_at_once_and_trashed_ones_are_restored(
    sender: Sender, pool: Pool, artist: int
) -> None:
    await add_known(pool, artist, RED)
    await add_known(pool, artist, BLUE, trashed=True)
    files = [announced("red.png", RED), announced("blue.png", BLUE), announced("again.png", BLUE)]
    answer = await sender.announce(*files, name="both")
    upload = answer.json
    assert (answer.status, answer.headers["Location"]) == (201, f"/api/pmd/uploads/{upload['id']}")
    assert (upload["status"], upload["successful_files"], upload["name"]) == ("completed", 3, "both")
    assert [(line["url"], line["outcome"]) for line in upload["files"]] == [
        (None, "already_there"),
        (None, "restored"),
        (None, "already_there"),
    ]
    assert all(line["report_id"] and line["asset_id"] for line in upload["files"])
    assert await pool.fetchval("SELECT count(*) FROM asset WHERE deleted_at IS NOT NULL") == 0
    assert upload["summary_data"]["outcomes"] == {
        "already_there": {"count": 2, "bytes": len(RED) + len(BLUE)},
        "restored": {"count": 1, "bytes": len(BLUE)},
    }


async def test_of_files_with_the_same_bytes_one_is_sent(sender: Sender) -> None:
    upload = (await sender.announce(announced("a.png", RED), announced("b.png", RED), announced("c.png", BLUE))).json
    urls = [line["url"] for line in upload["files"]]
    assert urls == [
        f"/api/pmd/uploads/{upload['id']}/files/{line['id']}" if at != 1 else None
        for at, line in enumerate(upload["files"])
    ]
    answer = await sender.check(announced("d.png", GREEN))
    assert answer["allowance"]["reserved_bytes"] == len(RED) + len(BLUE)


async def test_a_file_that_would_be_refused_is_a_line_with_the_reason(
    sender: Sender, subtests: pytest.Subtests
) -> None:
    for path, size, code in (
        ("../evil.png", 1, "bad_name"),
        ("a//b.png", 1, "bad_name"),
        ("/etc/passwd.png", 1, "bad_name"),
        ("a/. ./b.png", 1, "bad_name"),
        ("\\\\host\\share.png", 1, "bad_name"),
        ("x" * 252 + ".png", 1, "path_too_long"),
        ("/".join(["x" * 100] * 11) + ".png", 1, "path_too_long"),
        ("/".join("x" * 17) + ".png", 1, "path_too_deep"),
        ("drawing.swf", 1, "active_content"),
        ("Setup.EXE", 1, "program"),
        ("build.sh", 1, "program"),
        ("empty.png", 0, "empty_file"),
        ("large.png", 64 * MIB + 1, "image_too_large"),
        ("large.wav", 256 * MIB + 1, "audio_too_large"),
        ("large.mp4", 2048 * MIB + 1, "video_too_large"),
        ("no extension", 2048 * MIB + 1, "other_too_large"),
    ):
        with subtests.test(path=path):
            upload = (await sender.announce({"path": path, "size_bytes": size})).json
            (line,) = upload["files"]
            states = (upload["status"], line["status"])
            assert (states, line["error_code"], line["url"]) == (("failed", "failed"), code, None)
            assert line["error_message"].endswith(".")


async def test_an_impossible_path_fails_its_line_and_is_returned_truncated(
    sender: Sender,
) -> None:
    files: list[dict[str, Any]] = [
        {"path": f"{'folder/' * 1000}{'x' * 300}.png", "size_bytes": 1},
        {"path": "folder/" + "x" * 900_000, "size_bytes": 1},
        {"path": "void\0.png", "size_bytes": 0},
        {"path": "a.png", "size_bytes": 1},
    ]
    checked = (await sender.check(*files))["items"]
    upload = (await sender.announce(*files)).json
    assert [item["code"] for item in checked] == ["path_too_long", "path_too_long", "empty_file", None]
    assert [line["error_code"] for line in upload["files"]] == [item["code"] for item in checked]
    assert [line["url"] is None for line in upload["files"]] == [True, True, True, False]
    assert all(len(item["path"]) <= 4096 for item in [*checked, *upload["files"]])
    assert upload["files"][0]["file_name"] == "x" * 251 + ".png", "of a name, its end says what it is"


async def test_names_that_deceive_are_shown_as_what_they_are(sender: Sender) -> None:
    upload = (await sender.announce({"path": "Bilder\\a\u0308\u202egnp.\x07\u200b.png", "size_bytes": 1})).json
    (line,) = upload["files"]
    assert (line["path"], line["file_name"]) == ("Bilder/ä_gnp.__.png", "ä_gnp.__.png")


async def test_the_allowance_holds_for_two_uploads_at_once(sender: Sender, pool: Pool) -> None:
    answers = await asyncio.gather(*[sender.announce({"path": f"{n}.png", "size_bytes": 60}) for n in range(4)])
    assert sorted(answer.status for answer in answers) == [201, 422, 422, 422]
    refused = next(answer for answer in answers if answer.status == 422)
    assert refused.json["type"] == "urn:pmd:problem:library-full"
    assert await pool.fetchval("SELECT sum(file_size) FROM batch_report_files") == 60


async def test_what_a_stopped_upload_had_reserved_is_free_again(sender: Sender) -> None:
    upload = (await sender.announce({"path": "a.png", "size_bytes": 60})).json
    assert (await sender.announce({"path": "b.png", "size_bytes": 60})).status == 422
    assert (await sender.call(upload["id"], "stop")).json["status"] == "failed"
    assert (await sender.announce({"path": "b.png", "size_bytes": 60})).status == 201


async def test_a_fifth_open_upload_waits(sender: Sender) -> None:
    first = (await sender.announce({"path": "0.png", "size_bytes": 1}, {"path": "00.png", "size_bytes": 1})).json
    for number in range(1, 4):
        await sender.announce({"path": f"{number}.png", "size_bytes": 1})
    refused = await sender.announce({"path": "4.png", "size_bytes": 1})
    assert (refused.status, refused.json["type"]) == (429, "urn:pmd:problem:open-uploads")
    assert "Retry-After" in refused.headers
    stopped = await sender.api.call("DELETE", first["files"][1]["url"], user=sender.user, headers=TUS)
    assert stopped.status == 204
    assert (await sender.call(first["id"], "retry")).status == 200, "it is not in its own way"
    await sender.call(first["id"], "stop")
    assert (await sender.announce({"path": "4.png", "size_bytes": 1})).status == 201
    again = await sender.call(first["id"], "retry", {})
    assert (again.status, again.json["type"]) == (429, "urn:pmd:problem:open-uploads"), (
        "nor does one that is tried again"
    )


async def test_a_repeated_idempotency_key_returns_the_same_upload(sender: Sender) -> None:
    key = {"Idempotency-Key": "k1"}
    first, again = [(await sender.announce({"path": "a.png", "size_bytes": 1}, headers=key)).json for _ in range(2)]
    assert first["id"] == again["id"]
    other = await sender.announce({"path": "b.png", "size_bytes": 1}, headers=key)
    assert other.status == HTTPStatus.UNPROCESSABLE_ENTITY


async def test_512_files_go_in_and_513_do_not(sender: Sender) -> None:
    files = [{"path": f"{number}.png", "size_bytes": 0} for number in range(513)]
    assert (await sender.announce(*files)).status == 422
    upload = (await sender.announce(*files[:512])).json
    assert (upload["total_files"], upload["failed_files"], len(upload["files"])) == (512, 512, 512)


async def test_another_users_upload_is_not_found(sender: Sender, site: Site, api: Api) -> None:
    upload = (await sender.announce({"path": "a.png", "size_bytes": 1})).json
    stranger = Sender(api, await site.add_user("stranger"))
    for verb in ("stop", "retry", "undo"):
        assert (await stranger.call(upload["id"], verb)).status == 404
    assert (await sender.upload(upload["id"]))["status"] == "processing"


async def test_the_hash_of_another_users_file_reveals_nothing(sender: Sender, site: Site, api: Api, pool: Pool) -> None:
    await add_known(pool, await site.add_user("other"), RED)
    assert (await sender.check(announced("red.png", RED)))["items"][0]["verdict"] == "new"


async def test_defaults_name_a_licence_that_is_there(sender: Sender) -> None:
    answer = await sender.announce({"path": "a.png", "size_bytes": 1}, defaults={"license_id": 2**31 - 1})
    assert (answer.status, answer.json["errors"][0]["path"]) == (422, "$.defaults.license_id")


async def test_a_folder_s_licence_has_to_be_one(sender: Sender) -> None:
    given = {"folder_licenses": [{"folder": "a", "license_id": 1}, {"folder": "b", "license_id": 2**31 - 1}]}
    answer = await sender.announce({"path": "a.png", "size_bytes": 1}, defaults=given)
    assert answer.status == 422
    assert answer.json["errors"][0]["path"] == "$.defaults.folder_licenses[1].license_id"


async def test_defaults_are_stored_like_an_edit(sender: Sender, pool: Pool) -> None:
    defaults_ = {"hashtags": ["#Sea", "ｓｅａ", " Été "], "theme": "a\nb"}
    assert (await sender.announce({"path": "a.png", "size_bytes": 1}, defaults=defaults_)).status == 201
    stored = await pool.fetchval("SELECT defaults FROM batch_reports")
    assert stored == {"hashtags": ["sea", "été"], "theme": "a b"}
    for bad, path in (
        ({"hashtags": ["a", "no way"]}, "$.defaults.hashtags[1]"),
        ({"source": "\n"}, "$.defaults.source"),
    ):
        answer = await sender.announce({"path": "a.png", "size_bytes": 1}, defaults=bad)
        assert (answer.status, answer.json["errors"][0]["path"]) == (422, path)


async def test_a_hash_is_a_sha256(sender: Sender) -> None:
    md5 = hashlib.md5(RED).hexdigest()
    assert (await sender.announce({"path": "a.png", "size_bytes": 1, "sha256": md5})).status == 422


@pytest.mark.beside
async def test_an_account_deleted_before_its_announcement_gets_no_upload(
    sender: Sender, site: Site, pool: Pool, artist: int
) -> None:
    """An erasure deactivates the account first, and a user signed in before must add no row afterwards."""
    async with pool.acquire() as connection, connection.transaction():
        await lock_library(connection, user_id=artist)
        announcing = asyncio.create_task(sender.announce(announced("red.png", RED)))
        assert await waits_for_a_lock(site.pool, announcing)
        await site.pool.execute("UPDATE public.users SET deactivated = true")
    assert (await announcing).status == HTTPStatus.NOT_FOUND
    assert await pool.fetchval("SELECT count(*) FROM batch_reports") == 0


async def test_file_that_is_purged_at_the_same_time_has_to_be_sent(api: Api, artist: int, pool: Pool) -> None:
    sender = Sender(api, artist)
    known = await add_known(pool, artist, RED, trashed=True)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM asset FOR UPDATE")
        body = {"action": "purge", "asset_ids": [known.asset_id]}
        purging = asyncio.create_task(api.post("/api/pmd/assets/action", body, user=artist))
        assert await waits_for_a_lock(pool, purging)
        announcing = asyncio.create_task(sender.announce(announced("red.png", RED)))
        await wait_for_waiting(pool, 2)
    assert (await purging).status == 200
    answer = await announcing
    assert (answer.status, answer.json["files"][0]["status"]) == (201, "pending")
