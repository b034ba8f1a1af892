"""From received bytes to a settled upload: probed, in the library, and a list that adds up."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import msgspec
import pytest

from pmd_service.assets.asset import Known, find_asset
from pmd_service.base.database import Pool
from pmd_service.media import probe as media_probe
from pmd_service.media.probe import Candidate, probe_files
from pmd_service.uploads import form, lists, probe
from pmd_service.uploads.intake import Intake
from pmd_service.uploads.queries import TOPIC, Upload
from pmd_service.vault import Vault
from pmd_service.vault.leftovers import sweep_leftovers
from pmd_service.work import lease
from pmd_service.work.context import WorkerContext
from pmd_service.work.runner import Runner

from ..conftest import WorkOff
from ..failures import failures
from ..hang import HANG_SECONDS
from ..site import Api, Site
from .conftest import add_known
from .pictures import picture
from .sender import Sender, announced, lying, send_all


async def test_what_is_purged_and_sent_again_at_once_is_not_swept(
    sender: Sender, work_off: WorkOff, pool: Pool, artist: int, stored: Vault, site: Site
) -> None:
    data = picture()

    async def send() -> None:
        upload = (await sender.announce(announced("red.png", data))).json
        await send_all(sender, upload, {"red.png": data})
        await work_off()

    await send()
    before = sorted([*await site.keys("assets/"), *await site.keys("previews/")])
    assert len(before) > 1
    await pool.execute("DELETE FROM asset")
    assert await pool.fetchval("SELECT count(*) FROM vault_leftovers") == len(before)
    await send()
    assert await pool.fetchval("SELECT count(*) FROM asset") == 1
    assert (await sweep_leftovers(pool, stored)).removed == 0
    assert sorted([*await site.keys("assets/"), *await site.keys("previews/")]) == before


@pytest.mark.stores
async def test_an_added_file_is_an_asset_with_a_report_and_previews(
    sender: Sender, work_off: WorkOff, pool: Pool, artist: int, stored: Vault
) -> None:
    data = picture()
    defaults = {"theme": "dragons", "provenance": "user_provided", "attribution": "me", "hashtags": ["dragon"]}
    upload = (await sender.announce(announced("a/red.jpg", data), defaults=defaults)).json
    await send_all(sender, upload, {"a/red.jpg": data})
    await work_off()
    settled = await sender.upload(upload["id"])
    assert (settled["status"], settled["successful_files"], settled["received_bytes"]) == ("completed", 1, len(data))
    assert settled["processing_time_ms"] >= 0
    (line,) = await sender.lines(upload["id"])
    assert (line["status"], line["outcome"], line["file_type"], line["url"]) == (
        "success",
        "added",
        "png",
        None,
    )
    asset = await find_asset(pool, user_id=artist, asset_id=line["asset_id"])
    assert asset is not None
    assert (asset.type, asset.width, asset.height, asset.mime_type) == ("image", 8, 8, "image/png")
    assert (asset.theme, asset.provenance, asset.attribution, asset.hashtags) == (
        "dragons",
        "user_provided",
        "me",
        ["dragon"],
    )
    assert (asset.name, asset.original_path) == ("red.jpg", "a/red.jpg")
    async with stored.local(asset.path.removeprefix("/vault/")) as path:
        assert path.read_bytes() == data
    assert asset.path.endswith(f"{hashlib.sha256(data).hexdigest()}.png")
    assert asset.preview_path == asset.previews[0].path
    for preview in asset.previews:
        found = await stored.find(preview.path.removeprefix("/vault/"))
        assert found is not None
        assert found.size == preview.size_bytes
    assert await lying(stored) == []
    report = (await sender.api.get(f"/api/pmd/reports/{line['report_id']}", user=artist)).json
    assert (report["facts"]["width"], report["facts"]["version"], report["outcome"]) == (8, 1, "added")
    assert [finding["code"] for finding in report["findings"]] == ["extension_lies"]


async def test_the_list_adds_up_whatever_was_in_it(sender: Sender, work_off: WorkOff, pool: Pool, artist: int) -> None:
    contents = {f"{number:02}.png": picture(number) for number in range(20)}
    contents |= {f"bad{number}.png": b"no picture %d" % number for number in range(3)}
    contents |= {"page.png": b"<svg onload='x'>", "twin.png": picture(0)}
    await add_known(pool, artist, picture(1))
    await add_known(pool, artist, picture(2), trashed=True)
    upload = (await sender.announce(*[announced(path, data) for path, data in contents.items()])).json
    await send_all(sender, upload, contents)
    before = failures(probe.PROBE.name)
    await work_off()
    assert failures(probe.PROBE.name) - before == {"user": 4}
    settled = await sender.upload(upload["id"])
    assert (settled["status"], settled["successful_files"], settled["failed_files"]) == ("partial", 21, 4)
    failed = await sender.lines(upload["id"], status="failed")
    assert [line["path"] for line in failed] == ["bad0.png", "bad1.png", "bad2.png", "page.png"]
    assert all(line["error_code"] and line["error_message"].endswith(".") for line in failed)
    summary = settled["summary_data"]
    assert {name: amount["count"] for name, amount in summary["outcomes"].items()} == {
        "added": 18,
        "already_there": 2,
        "restored": 1,
        "failed": 4,
    }
    assert summary["version"] == 1
    assert summary["formats"]["png"]["count"] == 21
    assert sum(summary["failures"].values()) == 4
    assert set(summary["sizes"]) == {"least", "median", "most"}
    assert set(summary["times"]) == {"receiving_ms", "probe_ms"}
    assert await pool.fetchval("SELECT count(*) FROM asset WHERE user_id = $1 AND deleted_at IS NULL", artist) == 20


async def test_a_folders_licence_is_read_and_omitted_files_are_reported(
    sender: Sender, work_off: WorkOff, pool: Pool
) -> None:
    paths = ("kit/a.png", "kit/fonts/b.png", "kit/fonts/old/c.png", "kit/fontsy/d.png")
    contents = {path: picture(number) for number, path in enumerate(paths)}
    left_out = [
        {"path": "kit/.DS_Store", "size_bytes": 6148, "left_out": "hidden"},
        {"path": "kit/.git", "size_bytes": 0, "left_out": "hidden"},
        {"path": "kit/e.png.part", "size_bytes": 9, "left_out": "unfinished"},
    ]
    licences = [{"folder": "kit\\fonts/", "license_id": 1}, {"folder": "kit/fonts/old", "license_id": 3}]
    sent = [announced(path, data) for path, data in contents.items()]
    defaults = {"license_id": 2, "folder_licenses": licences}
    upload = (await sender.announce(*sent, *left_out, defaults=defaults)).json
    await send_all(sender, upload, contents)
    await work_off()
    rows = await pool.fetch("SELECT original_path, license_id FROM asset ORDER BY original_path")
    assert [tuple(row) for row in rows] == list(zip(paths, (2, 1, 3, 2), strict=True))
    settled = await sender.upload(upload["id"])
    assert (settled["total_files"], settled["successful_files"], settled["failed_files"]) == (7, 4, 3)
    assert settled["summary_data"]["failures"] == {"hidden_file": 2, "unfinished_file": 1}
    failed = await sender.lines(upload["id"], status="failed")
    assert [line["path"] for line in failed] == ["kit/.DS_Store", "kit/.git", "kit/e.png.part"]
    # They are not waited for by “try again”.
    await sender.call(upload["id"], "retry", {})
    assert (await sender.upload(upload["id"]))["status"] == "partial"


async def test_bytes_that_are_known_are_found_without_being_announced(
    sender: Sender, work_off: WorkOff, pool: Pool, artist: int
) -> None:
    await add_known(pool, artist, picture(1), trashed=True)
    contents = {"a.png": picture(1), "b.png": picture(1)}
    upload = (await sender.announce(*[{"path": path, "size_bytes": len(data)} for path, data in contents.items()])).json
    await send_all(sender, upload, contents)
    await work_off()
    assert {line["outcome"] for line in await sender.lines(upload["id"])} == {"restored", "already_there"}
    assert (await sender.upload(upload["id"]))["status"] == "completed"


def test_of_lines_with_the_same_bytes_the_first_restores_them() -> None:
    known, restored = Known(asset_id=7, hash="0" * 64, is_in_trash=True), {7}
    assert [Intake._known(known, restored).outcome for _ in range(2)] == ["restored", "already_there"]


async def test_bytes_that_differ_from_the_announcement_may_be_sent_again(sender: Sender, work_off: WorkOff) -> None:
    right, wrong = picture(1), picture(2)
    assert len(right) == len(wrong)
    upload = (await sender.announce(announced("a.png", right))).json
    await send_all(sender, upload, {"a.png": wrong})
    await work_off()
    (line,) = await sender.lines(upload["id"])
    assert line["error_code"] == "hash_mismatch"
    again = (await sender.call(upload["id"], "retry", {})).json
    assert (again["status"], again["failed_files"]) == ("processing", 0)
    await send_all(sender, again, {"a.png": wrong})  # it was announced as it was before
    await work_off()
    assert (await sender.upload(upload["id"]))["status"] == "completed"


async def test_a_file_received_by_several_servers_is_hashed_again(
    sender: Sender, work_off: WorkOff, pool: Pool, stored: Vault
) -> None:
    data = picture(3)
    upload = (await sender.announce(announced("a.png", data))).json
    incoming = stored.incoming(UUID(upload["files"][0]["id"]))
    writer = await incoming.open(0)
    await writer.write([data[:20]])
    await writer.flush()
    await writer.close()
    assert (await sender.patch(upload["files"][0]["url"], data[20:], 20)).status == 204
    assert await pool.fetchval("SELECT received_hash FROM batch_report_files") is None
    await work_off()
    assert (await sender.lines(upload["id"]))[0]["outcome"] == "added"


async def test_a_form_is_taken_whole_or_not_at_all(
    sender: Sender, work_off: WorkOff, pool: Pool, stored: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def send(*files: tuple[str, bytes]) -> Any:
        sent = aiohttp.FormData()
        for name, data in files:
            sent.add_field("files[]", io.BytesIO(data), filename=name)
        return await sender.api.call("POST", "/api/pmd/uploads/form", user=sender.user, data=sent)

    answer = await send(("a.png", picture(1)), ("b.png", picture(1)), ("setup.exe", b"hello"))
    assert answer.status == 202
    await work_off()
    lines = await sender.lines(answer.json["id"])
    assert [line["outcome"] or line["error_code"] for line in lines] == ["added", "already_there", "program"]
    refused = await send(("a.png", picture(2)), ("b.png", b"x" * (10 * 1024**2 + 1)))
    assert refused.status == 413
    assert (await send(*[(f"{number}.png", b"x") for number in range(31)])).status == 413
    assert (await send()).status in (400, 415)
    monkeypatch.setattr(form, "MAX_FORM_BYTES", 1000)
    assert (await send(("a.png", b"x" * 600), ("b.png", b"y" * 600))).status == 413
    assert await pool.fetchval("SELECT count(*) FROM batch_reports") == 1
    assert await lying(stored) == []


async def test_the_lines_as_csv_are_all_and_begin_no_formula(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MAX_LINES", 2)
    files = [
        {"path": "=1+1.exe", "size_bytes": 1},
        {"path": '@a,"b".exe', "size_bytes": 1},
        {"path": "ä.png", "size_bytes": 1},
    ]
    files += [{"path": f"{sign}1.exe", "size_bytes": 1} for sign in "+-"]
    upload = (await sender.announce(*files)).json
    path = f"/api/pmd/uploads/{upload['id']}/files.csv?status=failed"
    rows, german = [
        (await sender.api.get(path, user=sender.user, headers=headers)).body.decode("utf-8-sig").splitlines()
        for headers in ({}, {"Accept-Language": "de"})
    ]
    assert rows[0] == "file,size,status,outcome,code,reason,next step"
    assert [row.split(",")[0] for row in rows[1:]] == ["'=1+1.exe", "\"'@a", "'+1.exe", "'-1.exe"]
    assert "put it into a ZIP archive" in rows[1]
    assert german[0] == rows[0]
    assert "ZIP-Archiv" in german[1]


async def test_uploads_and_lines_are_read_page_by_page(sender: Sender) -> None:
    for number in range(5):
        await sender.announce({"path": "a.exe", "size_bytes": 1}, name=str(number))
    names: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await sender.api.get("/api/pmd/uploads", user=sender.user, params=params)).json
        names += [upload["name"] for upload in page["items"]]
        cursor = page["next_cursor"]
        assert page["total_count"] == 5
    assert names == ["4", "3", "2", "1", "0"]
    bad = await sender.api.get("/api/pmd/uploads", user=sender.user, params={"cursor": "nonsense"})
    assert bad.status == 422
    upload = (await sender.announce(*[{"path": f"{number}.exe", "size_bytes": 1} for number in range(5)])).json
    page = (
        await sender.api.get(f"/api/pmd/uploads/{upload['id']}/files", user=sender.user, params={"limit": "3"})
    ).json
    rest = await sender.lines(upload["id"], cursor=page["next_cursor"])
    assert [line["path"] for line in [*page["items"], *rest]] == [f"{number}.exe" for number in range(5)]


async def test_uploads_can_be_followed_live(sender: Sender, pool: Pool, artist: int, site: Site, api: Api) -> None:
    upload = (await sender.announce({"path": "a.exe", "size_bytes": 1})).json
    other = await site.add_user("other")
    assert await TOPIC.newest(pool, [artist, other]) == {UUID(upload["id"]): artist}
    (state,) = (await TOPIC.load(pool, [UUID(upload["id"])])).values()
    assert isinstance(state, Upload)
    assert state.status == "failed"


async def test_a_batch_continues_when_the_attempts_own_file_has_ended(
    sender: Sender, work_off: WorkOff, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The heartbeat does not find the file that was refused without a look: that ends nothing."""
    not_found = asyncio.Event()
    is_held = lease.has_lease

    async def asked(*args: Any) -> bool:
        if found := await is_held(*args):
            return found
        not_found.set()
        return False

    async def after_that(*args: Any, **options: Any) -> AsyncIterator[Any]:
        async with asyncio.timeout(HANG_SECONDS):
            await not_found.wait()
        async for answer in probe_files(*args, **options):
            yield answer

    monkeypatch.setattr(lease, "has_lease", asked)
    monkeypatch.setattr(probe, "probe_files", after_that)
    files = {"liar.png": picture(1), "good.png": picture(2)}
    liar, good = (announced(name, data) for name, data in files.items())
    upload = (await sender.announce(liar | {"sha256": "0" * 64}, good)).json
    await send_all(sender, upload, files)
    await work_off()
    lines = await pool.fetch("SELECT file_name, processing_status FROM batch_report_files ORDER BY file_name")
    assert [tuple(line) for line in lines] == [("good.png", "success"), ("liar.png", "failed")]
    attempts = await pool.fetch("SELECT title, attempt, outcome FROM work_attempts ORDER BY title")
    assert [tuple(row) for row in attempts] == [("good.png", 1, "done"), ("liar.png", 1, "failed")]


async def test_a_file_stopped_by_a_bug_is_not_refused_and_stops_no_other(
    sender: Sender, worker: WorkerContext, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a reader that has a mistake: in the batch, and when the file is an attempt's own."""
    engine = msgspec.structs.replace(media_probe.PROBE_ENGINE, module="tests.uploads.mistaken_probe")
    monkeypatch.setattr(media_probe, "PROBE_ENGINE", engine)
    files = {"mistake.png": picture(0), **{f"{number}.png": picture(number) for number in range(1, 4)}}
    upload = (await sender.announce(*(announced(*file) for file in files.items()))).json
    await send_all(sender, upload, files)
    runner = Runner(worker, [probe.PROBE])
    while await runner.run_next(probe.PROBE):
        pass
    lines = await pool.fetch("SELECT file_name, processing_status, error_code FROM batch_report_files")
    assert {tuple(line) for line in lines} == {
        ("mistake.png", "pending", None),
        *((f"{number}.png", "success", None) for number in range(1, 4)),
    }
    assert await pool.fetchval("SELECT array_agg(faults) FROM work") == [0]
    attempts = await pool.fetch("SELECT error FROM work_attempts WHERE outcome = 'error'")
    assert "KeyError: 'no such measure'" in attempts[0]["error"]


async def test_the_batch_of_a_failed_attempt_is_released_without_its_file(
    sender: Sender, worker: WorkerContext, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []

    async def fail(candidates: list[Candidate], _folder: Path, **_: object) -> AsyncIterator[Any]:
        batches.append(len(candidates))
        if candidates:
            raise RuntimeError("it does not start")
        yield

    monkeypatch.setattr(probe, "probe_files", fail)
    files = {f"{number}.png": picture(number) for number in range(2)}
    upload = (await sender.announce(*(announced(*file) for file in files.items()))).json
    await send_all(sender, upload, files)
    await Runner(worker, [probe.PROBE]).run_next(probe.PROBE)
    lines = await pool.fetch(
        """SELECT processing_status, faults, token
             FROM batch_report_files AS files JOIN work ON subject = files.id::text ORDER BY faults DESC"""
    )
    assert [tuple(line) for line in lines] == [("pending", 1, None), ("pending", 0, None)]
    await pool.execute("UPDATE work SET due_at = now() WHERE faults = 1")
    await Runner(worker, [probe.PROBE]).run_next(probe.PROBE)
    assert batches == [2, 1]


async def test_a_probe_that_has_lost_a_line_settles_none(
    sender: Sender, worker: WorkerContext, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker has taken one of its lines over meanwhile: the transaction writes nothing of the others either."""
    settle = Intake.settle

    async def lose_one(intake: Any, verdicts: Any) -> None:
        if verdicts:  # just now: earlier, the heartbeat would notice it first
            await pool.execute("UPDATE work SET token = gen_random_uuid() WHERE title = 'a.png'")
        await settle(intake, verdicts)

    monkeypatch.setattr(Intake, "settle", lose_one)
    files = {"a.png": picture(1), "b.png": picture(2)}
    upload = (await sender.announce(*(announced(*file) for file in files.items()))).json
    await send_all(sender, upload, files)
    await Runner(worker, [probe.PROBE]).run_next(probe.PROBE)
    assert await pool.fetchval("SELECT count(*) FROM asset") == 0
    statuses = await pool.fetch("SELECT processing_status FROM batch_report_files")
    assert "success" not in {row["processing_status"] for row in statuses}
