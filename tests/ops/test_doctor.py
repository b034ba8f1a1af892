"""``pmd doctor``: every dependency is looked at, and what is wrong is told in a sentence."""

from pathlib import Path

import msgspec
import pytest

from pmd_service.base.settings import Settings
from pmd_service.media import sandbox
from pmd_service.media.sandbox import standing_walls
from pmd_service.ops import doctor
from pmd_service.ops.doctor import CHECKS, diagnose

from ..site import Site


async def findings(settings: Settings) -> dict[str, tuple[bool, str]]:
    return {finding.name: (finding.is_well, finding.detail) for finding in await diagnose(settings)}


async def test_everything_but_the_missing_worker_is_well(settings: Settings) -> None:
    found = await findings(settings)
    assert set(found) == set(CHECKS)
    assert found.pop("worker") == (False, "No worker is running: start one with “arq worker.WorkerSettings”.")
    assert all(is_well for is_well, _ in found.values()), found


async def test_each_missing_dependency_is_told_and_hides_no_other(settings: Settings) -> None:
    broken = msgspec.structs.replace(
        settings, redis_url="redis://127.0.0.1:1/0", vault_path=Path("/nowhere"), smtp_url="smtp://127.0.0.1:1",
        mail_from="pmd@makapix.club",
    )  # fmt: skip
    found = await findings(broken)
    assert {name for name, (is_well, _) in found.items() if not is_well} == {"redis", "worker", "vault", "mail"}
    assert found["vault"][1] == "/nowhere is not a folder."


async def test_requests_that_wait_too_long_are_told(site: Site, settings: Settings) -> None:
    artist = await site.add_user()
    await site.pool.execute(
        """INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count, next_attempt_at)
           VALUES ($1, $1, '{1}', 1, now() - interval '1 hour')""",
        artist,
    )
    is_well, detail = (await findings(settings))["requests"]
    assert not is_well
    assert "1 requests are unfinished, the oldest for 36" in detail


async def test_what_stands_around_strangers_files_is_told(settings: Settings) -> None:
    is_well, detail = (await findings(settings))["media"]
    assert is_well
    assert detail.startswith("Files are looked at behind limits")
    assert all(wall in detail for wall in standing_walls())


async def test_a_missing_wall_is_told_and_is_for_the_operator_to_decide(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "landlock_version", lambda: 0)
    is_well, detail = (await findings(settings))["media"]
    assert not is_well
    assert "Landlock is missing" in detail
    is_well, detail = (await findings(msgspec.structs.replace(settings, media_sandbox="partial")))["media"]
    assert is_well
    assert "Landlock may be missing" in detail


async def test_missing_extras_are_told_by_name(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "MODEL_MODULES", ("no_such_model",))
    assert "no_such_model are missing (extra “ai”)" in (await findings(settings))["media"][1]
    monkeypatch.setattr(doctor, "missing_modules", lambda *_: ["av"])
    assert (await findings(settings))["media"] == (
        False,
        "Uploads and tasks cannot work: av are missing. Install the extra “media”.",
    )
