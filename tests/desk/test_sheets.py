"""Drafts as CSV: no formula runs in a spreadsheet, everything comes back as it was, and a report comes first."""

import csv
import io
from typing import Any

from pmd_service.portable.sheets import escaped, unescaped

from ..site import Api
from .conftest import ALT, DRAFTS, Desk

FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "'quoted", "''=x", 'a, "b"', "über\nzwei", "\ufeffmark"]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


async def sheet(desk: Desk, **params: Any) -> str:
    answer = await desk.get(".csv", **params)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    return answer.body.decode("utf-8-sig")


async def read(desk: Desk, text: str, *, dry_run: bool = False) -> dict[str, Any]:
    answer = await desk.post("/csv", csv=text, dry_run=dry_run)
    assert answer.status == 200, answer
    report: dict[str, Any] = answer.json
    return report


def test_an_apostrophe_that_escapes_nothing_stays() -> None:
    assert [*map(unescaped, ("'tis", "'", "'=x", "''q"))] == ["'tis", "'", "=x", "'q"]


def test_each_sign_that_may_begin_a_formula_is_escaped() -> None:
    for sign in "=+-@\t\r\n'":
        assert escaped(f"{sign}1") == f"'{sign}1"
        assert unescaped(escaped(f"{sign}1")) == f"{sign}1"


async def test_formulas_do_not_run_and_come_back_as_they_were(desk: Desk) -> None:
    drafts = await desk.add(len(FORMULAS))
    for draft_id, text in zip(drafts, FORMULAS, strict=True):
        await desk.patch([{"id": draft_id, "fields": {"title": text, "alt_text": text, "description": text}}])
    before = [(draft["title"], draft["alt_text"], draft["description"]) for draft in await desk.drafts()]
    text = await sheet(desk)
    cells = [cell for row in rows(text) for cell in row.values()]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert (await read(desk, text))["same_count"] == len(FORMULAS)
    await desk.patch([{"id": each, "fields": {"title": "x", "alt_text": "x", "description": "x"}} for each in drafts])
    assert (await read(desk, text))["changed_count"] == len(FORMULAS)
    assert [(draft["title"], draft["alt_text"], draft["description"]) for draft in await desk.drafts()] == before


async def test_report_comes_before_any_change(desk: Desk, api: Api) -> None:
    first, second, third = await desk.add(3)
    made = await api.post("/api/pmd/series", {"name": "Forest"}, user=desk.user)
    text = (
        "Series;ID;warnings;hashtags;licence;ai;file;extra\r\n"
        f"forest;{first};Flashing, Spiders;#sea imp;cc0-1.0;Generated;x;y\r\n"
        f"Desert;{second};;two words/;CC-BY-9;perhaps;x;y\r\n"
        f";{2**40};;;;;x;y\r\n"
        ";x;;;;;x;y\r\n"
    )
    for dry_run in (True, False):
        report = await read(desk, text, dry_run=dry_run)
        assert (report["is_applied"], report["row_count"], report["changed_count"]) == (not dry_run, 4, 1)
        assert (report["lost_rows"], report["ignored_columns"]) == ([4], ["file", "extra"])
        assert {(fault["row"], fault["column"]) for fault in report["errors"]} == {
            (3, "licence"), (3, "series"), (3, "ai"), (5, "id"),
        }  # fmt: skip
        draft = await desk.draft(first)
        assert draft["hashtags"] == ([] if dry_run else ["sea", "imp"])
    assert (draft["series_id"], draft["license_identifier"], draft["ai_disclosure"], draft["content_warnings"]) == (
        made.json["id"], "CC0-1.0", "generated", ["Flashing", "Spiders"],
    )  # fmt: skip
    assert (draft["alt_text"], (await desk.draft(third))["version"]) == (ALT, 1)
    report = await read(desk, f"id,hashtags\r\n{second},two/words\r\n")
    assert [(fault["row"], fault["column"]) for fault in report["errors"]] == [(2, "hashtags")]


async def test_giant_cells_and_no_sheets_at_all_are_refused(desk: Desk) -> None:
    (draft_id,) = await desk.add()
    long = await read(desk, f"id,alt_text\r\n{draft_id},{'x' * 1501}\r\n")
    assert [(fault["row"], fault["column"]) for fault in long["errors"]] == [(2, "alt_text")]
    for text in (
        f"id,title\r\n{draft_id},{'x' * 200_000}\r\n", "title\r\nx\r\n", "id,id\r\n1,2\r\n", '"',
        f"id\r\n{draft_id}\r\n{draft_id}\r\n", "\r\n\r\n", "id\r\n" + "1\r\n" * 2001,
    ):  # fmt: skip
        assert (await desk.post("/csv", csv=text)).status == 422, text[:20]
    assert (await desk.draft(draft_id))["version"] == 1


async def test_published_drafts_are_named_and_stay_as_they_are(desk: Desk) -> None:
    first, second = await desk.add(2)
    post = await desk.site.add_post(desk.user)
    await desk.site.pool.execute(
        "UPDATE draft SET status = 'published', due_at = now(), published_at = now(), post_id = $2 WHERE id = $1",
        second, post,
    )  # fmt: skip
    report = await read(desk, f"id,title\r\n{first},x\r\n{second},x\r\n")
    assert (report["lost_rows"], report["row_count"], report["changed_count"], report["same_count"]) == ([3], 2, 1, 0)
    assert ((await desk.draft(first))["title"], (await desk.draft(second))["title"]) == ("x", "lamp 1")


async def test_two_thousand_drafts_go_out_and_come_back(desk: Desk) -> None:
    await desk.add_rows(2000)
    text = await sheet(desk)
    assert len(rows(text)) == 2000
    changed = text.replace("sprite ", "tile ")
    report = await read(desk, changed)
    assert (report["changed_count"], report["error_count"]) == (2000, 0)
    assert (await read(desk, changed))["same_count"] == 2000


async def test_sheet_of_another_artist_changes_nothing(desk: Desk, api: Api) -> None:
    (draft_id,) = await desk.add()
    text = (await sheet(desk)).replace("lamp", "stolen")
    stranger = await desk.site.add_user("stranger")
    answer = await api.post(f"{DRAFTS}/csv", {"csv": text, "dry_run": False}, user=stranger)
    assert (answer.json["lost_rows"], answer.json["changed_count"]) == ([2], 0)
    assert (await desk.draft(draft_id))["title"] == "lamp 0"
