"""After a run of the whole suite: each index has been used by a statement, or is one of the seeds' or a reference's.

A plugin and no test, because it has to wait for all others, in all processes.
"""

from typing import Any

import pytest

from pmd_service.base.database import Connection

# Seeds 000 and 004 list them; Postgres has a better one for some of the queries.
SEEDS = {
    "idx_batch_files_report_id",
    "idx_batch_files_status",
    "idx_batch_reports_created_at",
    "idx_batch_summary_data",
    "ix_batch_download_requests_created_at",
    "ix_batch_download_requests_expires_at",
    "ix_batch_download_requests_id",
}
# Of the next release, in tests/faults/test_release_before.py.
OF_TESTS = {"ix_asset_shelf"}
_INDEXES = """
SELECT indexrelname AS name, idx_scan > 0 AS is_used
  FROM pg_stat_user_indexes JOIN pg_index USING (indexrelid)
 WHERE NOT indisunique AND obj_description(to_regclass('users'), 'pg_class') = 'created by pmd migrate'
"""
known: dict[str, bool] = {}


async def note_indexes(connection: Connection) -> None:
    """Remember which indexes of this database have been used; nothing of a site's."""
    for name, is_used in await connection.fetch(_INDEXES):
        known[name] = known.get(name, False) or is_used


class Plugin:
    """Collects what the processes have noted, and fails the run."""

    def __init__(self) -> None:
        self.unused: list[str] = []

    @pytest.hookimpl(optionalhook=True)  # xdist's
    def pytest_testnodedown(self, node: Any) -> None:
        for name, is_used in getattr(node, "workeroutput", {}).get("indexes", {}).items():
            known[name] = known.get(name, False) or is_used

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        config = session.config
        if hasattr(config, "workeroutput"):
            config.workeroutput["indexes"] = known
        elif _is_whole(config):
            self.unused = sorted(name for name in known.keys() - SEEDS - OF_TESTS if not known[name])
            if self.unused and session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.unused:
            terminalreporter.section("indexes that no statement of the suite uses", red=True)
            terminalreporter.line("\n".join(self.unused))


def _is_whole(config: pytest.Config) -> bool:
    """Whether all tests were selected, on the service's own tables and the PostgreSQL of the lock file."""
    is_part = any(arg.startswith("tests") for arg in config.invocation_params.args)
    options = ("keyword", "markexpr", "original", "postgres", "lf", "failedfirst")
    return not is_part and not any(config.getoption(name, None) for name in options)
