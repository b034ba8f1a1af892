"""A share of one processor for each of some processes, by the kernel's control groups (cgroups(7), v1 or v2)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_PERIOD_US = 20_000


@contextmanager
def quota(share: float) -> Iterator[Callable[[int], None]]:
    """Give each process that it is called with so much of a processor, by its pid, until the block ends.

    Raises:
        OSError: this user may make no groups here.
    """
    groups: list[Path] = []
    is_v2 = (_ROOT / "cgroup.controllers").exists()
    root = _ROOT if is_v2 else _ROOT / "cpu"
    used = int(share * _PERIOD_US)

    def hold(pid: int) -> None:
        group = root / f"pmd-bench-{pid}"
        group.mkdir()
        groups.append(group)
        if is_v2:
            (group / "cpu.max").write_text(f"{used} {_PERIOD_US}")
        else:
            (group / "cpu.cfs_period_us").write_text(str(_PERIOD_US))
            (group / "cpu.cfs_quota_us").write_text(str(used))
        (group / "cgroup.procs").write_text(str(pid))

    try:
        yield hold
    finally:
        for group in groups:
            for pid in (group / "cgroup.procs").read_text().split():
                with suppress(ProcessLookupError):
                    (root / "cgroup.procs").write_text(pid)
            group.rmdir()
