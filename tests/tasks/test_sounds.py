"""Tasks on sounds by real workers: loops to choose from, and what a result says of its original."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pmd_service.assets.reports import list_reports
from pmd_service.base.database import Pool

from ..conftest import WorkOff
from ..media.files import save_sound, tone
from ..media.quality import music, noise_for
from ..media.test_loops import song
from .conftest import Library


async def test_loops_are_listed_and_one_of_them_is_written(library: Library, work_off: WorkOff, tmp_path: Path) -> None:
    sound, length = song()
    asset_id = await library.add(save_sound(tmp_path / "song.wav", sound, rate=22_050), "audio", duration_sec=10.0)
    (listing,) = await library.begin("loop", asset_id, list_only=True)
    await work_off()
    answer = await library.api.get(f"/api/pmd/jobs/{listing}", user=library.user)
    job = answer.json
    assert (job["status"], job["result_asset_id"], job["result_asset_ids"]) == ("completed", None, [])
    assert job["unchanged_reason"] == f"Loops to choose from: {len(job['loops'])}."
    assert sum(loop["likeness"] is None for loop in job["loops"][:3]) == 1  # the whole sound
    (best,) = [loop for loop in job["loops"] if (loop["likeness"] or 0) > 0.98][:1]
    assert best["end"] - best["start"] == pytest.approx(length / 22_050, abs=1e-5)
    (written,) = await library.begin("loop", asset_id, start=best["start"], end=best["end"])
    await work_off()
    made = await library.job(written)
    assert made["result_asset_id"] is not None
    assert made["loops"] == []


async def test_a_result_says_what_is_not_as_its_original_was(
    library: Library, pool: Pool, work_off: WorkOff, tmp_path: Path
) -> None:
    clean = music(4)
    path = save_sound(tmp_path / "song.mp3", (clean + noise_for(clean, snr_db=10)) * 0.5)
    asset_id = await library.add(path, "audio", duration_sec=4.0)
    (probed,) = await library.begin("metadata_extract", asset_id)
    await work_off()
    assert (await library.job(probed))["status"] == "completed"
    (job_id,) = await library.begin("export", asset_id, format="flac", end=2)
    await work_off()
    result = (await library.job(job_id))["result_asset_id"]
    (report,) = await list_reports(pool, user_id=library.user, asset_id=result)
    codes = {finding.code: finding.message for finding in report.findings}
    assert codes["format_changed"] == "It is FLAC now, and was MP3."
    assert codes["shorter"] == "It plays for 2.00 s now, and played for 4.00 s."
    assert re.fullmatch(r"It is larger than before: \d+\.\d kB, and was \d+\.\d kB\.", codes["larger"])


async def test_a_sound_that_becomes_lossy_says_so(
    library: Library, pool: Pool, work_off: WorkOff, tmp_path: Path
) -> None:
    asset_id = await library.add(save_sound(tmp_path / "tone.wav", np.stack([tone(2)] * 2)), "audio", duration_sec=2.0)
    (job_id,) = await library.begin("export", asset_id, format="ogg")
    await work_off()
    result = (await library.job(job_id))["result_asset_id"]
    (report,) = await list_reports(pool, user_id=library.user, asset_id=result)
    assert {"lossy", "format_changed"} <= {finding.code for finding in report.findings}


NONSENSE: list[tuple[str, dict[str, Any]]] = [
    ("enhance", {"operations": [{"op": "trim", "start": 3, "end": 2}]}),
    ("enhance", {"operations": [{"op": "trim", "start": 2, "end": 2}]}),
    ("enhance", {"operations": [{"op": "trim", "start": -1}]}),
    ("enhance", {"operations": [{"op": "fade"}]}),
    ("enhance", {"operations": [{"op": "fade", "fade_in": -1}]}),
    ("loop", {"start": 3, "end": 2}),
    ("loop", {"start": 3}),
    ("loop", {"start": 1, "end": 2, "list_only": True}),
    ("loudness", {"target_lufs": 3}),
]


async def test_nonsense_is_refused_before_a_task_is_made(
    library: Library, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    asset_id = await library.add(save_sound(tmp_path / "tone.wav", tone(1)), "audio", duration_sec=1.0)
    for kind, params in NONSENSE:
        with subtests.test(kind=kind, params=params):
            answer = await library.ask(kind, asset_id, **params)
            assert answer.status == 422
            assert answer.json["errors"][0]["path"].startswith("$.params")
