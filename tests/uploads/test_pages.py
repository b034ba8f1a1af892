"""One folder is one upload, whatever its size: announced in pages, one list that adds up, one undo."""

from typing import Any

import pytest

from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings
from pmd_service.jobs import opened_worker
from pmd_service.uploads.sweep import fail_expired

from ..conftest import WorkOff
from ..site import Answer
from .conftest import add_known
from .pictures import picture
from .sender import Sender, announced


async def more(sender: Sender, upload: Any, first: int, *files: dict[str, Any]) -> Answer:
    body = {"first": first, "files": files}
    return await sender.api.post(f"/api/pmd/uploads/{upload['id']}/files", body, user=sender.user)


async def test_a_folder_in_pages_is_one_upload_with_one_undo(
    sender: Sender, work_off: WorkOff, pool: Pool, artist: int
) -> None:
    contents = {f"{number}.png": picture(number % 5) for number in range(8)}
    await add_known(pool, artist, picture(4))
    files = [announced(path, data) for path, data in contents.items()]
    upload = (await sender.announce(*files[:3], total_files=8, name="arcade")).json
    assert (upload["total_files"], len(upload["files"])) == (8, 3)
    lines = list(upload["files"])
    # What is announced is looked at meanwhile; the upload goes on until the last page is in.
    for line in lines:
        assert (await sender.patch(line["url"], contents[line["path"]])).status == 204
    await work_off()
    assert (await sender.upload(upload["id"]))["status"] == "processing"
    for first in (6, 3):
        page = (await more(sender, upload, first, *files[first : first + 3])).json
        assert [line["processing_order"] for line in page["files"]] == list(range(first, min(first + 3, 8)))
        lines += page["files"]
    for line in lines[3:]:
        if line["url"]:
            assert (await sender.patch(line["url"], contents[line["path"]])).status == 204
    await work_off()
    settled = await sender.upload(upload["id"])
    assert (settled["status"], settled["successful_files"]) == ("completed", 8)
    assert [line["path"] for line in await sender.lines(upload["id"])] == list(contents)
    undone = (await sender.call(upload["id"], "undo")).json
    assert undone["affected_count"] == 4


async def test_a_repeated_page_changes_nothing(sender: Sender, pool: Pool) -> None:
    files = [{"path": f"{number}.png", "size_bytes": 9} for number in range(5)]
    upload = (await sender.announce(*files[:2], total_files=5)).json
    first, again = [(await more(sender, upload, 2, *files[2:4])).json["files"] for _ in range(2)]
    assert [line["id"] for line in first] == [line["id"] for line in again]
    assert await pool.fetchval("SELECT count(*) FROM batch_report_files") == 4
    assert (await more(sender, upload, 3, *files[3:])).status == 409
    assert (await more(sender, upload, 4, *files[:2])).status == 422


async def test_the_same_bytes_on_another_page_follow_the_first(sender: Sender, work_off: WorkOff) -> None:
    data = picture(1)
    upload = (await sender.announce(announced("a.png", data), total_files=2)).json
    (twin,) = (await more(sender, upload, 1, announced("deep/a.png", data))).json["files"]
    assert twin["url"] is None
    assert (await sender.patch(upload["files"][0]["url"], data)).status == 204
    await work_off()
    assert [line["outcome"] for line in await sender.lines(upload["id"])] == ["added", "already_there"]


async def test_what_is_stopped_in_the_middle_of_being_announced_ends(sender: Sender) -> None:
    upload = (await sender.announce({"path": "a.png", "size_bytes": 9}, total_files=3)).json
    stopped = (await sender.call(upload["id"], "stop")).json
    assert (stopped["status"], stopped["total_files"], stopped["failed_files"]) == ("failed", 1, 1)
    assert (await more(sender, upload, 1, {"path": "b.png", "size_bytes": 9})).status == 409
    again = (await sender.call(upload["id"], "retry")).json
    assert (again["status"], again["files"][0]["url"] is not None) == ("processing", True)


async def test_files_never_announced_do_not_keep_an_upload_open(sender: Sender, pool: Pool, settings: Settings) -> None:
    upload = (await sender.announce({"path": "a.png", "size_bytes": 9}, total_files=3)).json
    await pool.execute("UPDATE batch_reports SET expires_at = now()")
    async with opened_worker(settings) as worker:
        await fail_expired(worker.pool)
    assert (await sender.upload(upload["id"]))["status"] == "failed"


async def test_a_page_has_a_maximum_and_no_more_files_than_announced(sender: Sender, subtests: pytest.Subtests) -> None:
    files = [{"path": f"{number}.png", "size_bytes": 9} for number in range(513)]
    for fields, path in (({}, "$.files"), ({"total_files": 9}, "$.files"), ({"total_files": 10**6 + 1}, "$.files")):
        with subtests.test(fields=fields):
            answer = await sender.announce(*files, **fields)
            assert (answer.status, answer.json["errors"][0]["path"]) == (422, path)
    few = await sender.announce(*files[:2], total_files=1)
    assert (few.status, few.json["errors"][0]["path"]) == (422, "$.total_files")
