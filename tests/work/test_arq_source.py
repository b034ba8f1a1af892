"""arq's worker is what ours was written for: read its source again before these digests are changed."""

import hashlib
import inspect

import pytest
from arq.worker import Worker

from pmd_service.work import arq_worker
from pmd_service.work.arq_worker import ArqWorker

# Of arq 0.28.0, worker.py.
OVERRIDDEN = {
    "main": "45ca1591c9717466",
    "_poll_iteration": "f8d39d823a0a59f2",
    "heart_beat": "2e9959bea66dc551",
    "handle_sig_wait_for_completion": "8f161d86834cc74e",
    "_sleep_until_tasks_complete": "0acab214e9c111cb",
    "close": "5bcc9cb356680829",
    "_release_sem_dec_counter_on_complete": "0ed101482e942c33",
}
RELIED_ON = {
    "__init__": "edfb0cd7e05e77cf",
    "async_run": "f3434c3dd359b31b",
    "handle_sig": "985ff7ba01aa8f04",
    "run_job": "589a19059ff84ee7",
}


def test_each_override_of_arq_is_listed() -> None:
    assert {name for name in vars(ArqWorker) if callable(vars(Worker).get(name))} == set(OVERRIDDEN)
    assert arq_worker.__doc__
    assert all(f"``{name}``" in arq_worker.__doc__ for name in OVERRIDDEN)


@pytest.mark.parametrize("name", [*OVERRIDDEN, *RELIED_ON])
def test_source_of_arq_has_not_changed(name: str) -> None:
    source = inspect.getsource(getattr(Worker, name))
    assert hashlib.sha256(source.encode()).hexdigest()[:16] == (OVERRIDDEN | RELIED_ON)[name]
