"""The benchmarks still run; their measurements are not checked here."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from benchmarks import event_latency, runner
from benchmarks.__main__ import BENCHMARKS
from benchmarks.mutants.__main__ import ROOMS
from benchmarks.mutants.overlay import ROOT
from benchmarks.world import running


async def test_benchmark_measures_the_running_service(monkeypatch: pytest.MonkeyPatch) -> None:
    assert event_latency in BENCHMARKS.values()
    monkeypatch.setattr(event_latency, "RUNS", 8)
    # Not below pytest's own folder, for the reason that conftest's stack gives.
    with TemporaryDirectory(prefix="pmd-bench-") as folder:
        async with running(Path(folder), is_quick=True) as world:
            (row,) = await event_latency.measure(world)
    assert row.value > 0


def test_every_mutant_fits_its_file_and_names_existing_tests() -> None:
    for mutant in (mutant for room in ROOMS.values() for mutant in room):
        mutated = mutant.apply_to((ROOT / mutant.file).read_text())
        if mutant.file.endswith(".py"):
            compile(mutated, mutant.file, "exec")
        for test in mutant.tests:
            file, _, name = test.partition("::")
            assert not name or f"def {name.partition('[')[0]}(" in (ROOT / file).read_text(), test


@pytest.mark.parametrize(("document", "name"), [("performance.md", "bench"), ("reliability.md", "soak")])
def test_performance_docs_have_a_place_for_each_table(
    document: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (runner.DOCS / document).read_text()
    (tmp_path / document).write_text(before)
    monkeypatch.setattr(runner, "DOCS", tmp_path)
    runner.write_block(document, name, "| a table |")
    after = (tmp_path / document).read_text()
    assert f"<!-- {name} -->\n| a table |\n<!-- /{name} -->" in after
    assert after.partition("<!-- ")[0] == before.partition("<!-- ")[0]
    assert after.rpartition(" -->")[2] == before.rpartition(" -->")[2]
