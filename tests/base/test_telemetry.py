"""Logs: one line an event, and no secret in any."""

import json
import subprocess
import sys

import pytest

SCRIPT = """
import logging, logging.config, sys
import structlog
from arq.logs import default_log_config
from pmd_service.base.telemetry import adopt_logging_of_arq, configure_logging, log

configure_logging(sys.argv[1])

def fail(dsn):
    raise ValueError("no")

try:
    fail("postgresql://pmd:hunter2@db/pmd")
except ValueError:
    log.exception("unhandled_error", request_id="r1")
    logging.getLogger("library").exception("it failed")

# What the arq command line does, after it has imported the worker.
logging.config.dictConfig(default_log_config(False))
adopt_logging_of_arq()
logging.getLogger("arq.worker").info("a job began")
logging.getLogger("arq.connections").warning("redis is slow")
logging.getLogger("aiobotocore.credentials").info("Found credentials in environment variables.")
log.debug("too much")
log.info("half a character: \\ud800")
"""


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_log_event_is_one_line_without_local_variables(log_format: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, log_format], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert "hunter2" not in done.stderr
    assert "ValueError" in done.stderr
    assert "a job began" not in done.stderr
    assert "too much" not in done.stderr
    assert "Found credentials" not in done.stderr
    assert "\x1b" not in done.stderr, "colours are for terminals"
    assert done.stderr.count("redis is slow") == 1
    assert "half a character" in done.stderr
    if log_format == "json":
        ours, theirs, arqs, last = [json.loads(line) for line in done.stderr.splitlines()]
        assert (ours["event"], ours["level"], ours["logger"], ours["request_id"]) == (
            "unhandled_error", "error", "pmd", "r1",
        )  # fmt: skip
        assert (theirs["logger"], arqs["logger"], last["level"]) == ("library", "arq.connections", "info")
        assert ours["exception"][0]["frames"][-1]["name"] == "fail"
