"""No I/O but SQL while a transaction is open: the suite fails whatever tries (DEPTH section 1).

Waiting inside a transaction for a store, for Redis, for a child or for time makes all others wait for its locks.
"""

import asyncio
import functools
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest
from arq.connections import ArqRedis
from asyncpg.transaction import Transaction

from pmd_service.vault import Vault
from pmd_service.vault.local_incoming import LocalIncoming
from pmd_service.vault.pieces import PiecesIncoming

# Which task has how many open: one that it begins inside of a transaction does not wait in it.
_open: ContextVar[tuple[object, int]] = ContextVar("open transactions", default=(None, 0))

# What reaches for the disk or the network; the others only make an object of ours.
_OF_VAULTS = ("check", "describe", "locate_artworks", "begin", "put", "find", "respond", "remove", "tidy")


class WaitsInTransactionError(AssertionError):
    """Something other than SQL was waited for while a transaction was open."""


def _depth() -> int:
    task, depth = _open.get()
    return depth if task is asyncio.current_task() else 0


def _refused(what: str, call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def guarded(*args: Any, **named: Any) -> Any:
        if _depth():
            raise WaitsInTransactionError(f"{what} while a transaction is open")
        return call(*args, **named)

    return guarded


async def _enter(transaction: Transaction) -> None:
    await _ENTER(transaction)
    _open.set((asyncio.current_task(), _depth() + 1))


async def _exit(transaction: Transaction, *error: Any) -> None:
    _open.set((asyncio.current_task(), _depth() - 1))
    await _EXIT(transaction, *error)


_ENTER, _EXIT = Transaction.__aenter__, Transaction.__aexit__


def forbid_waiting_in_transactions(patch: pytest.MonkeyPatch) -> None:
    """From here on vaults, Redis, child processes and sleeping raise in a task whose transaction is open."""
    patch.setattr(Transaction, "__aenter__", _enter)
    patch.setattr(Transaction, "__aexit__", _exit)
    for name in _OF_VAULTS:
        patch.setattr(Vault, name, _refused(f"Vault.{name}", getattr(Vault, name)))
    for incoming in (LocalIncoming, PiecesIncoming):
        for name in ("size", "open", "finish", "discard"):
            patch.setattr(incoming, name, _refused(f"{incoming.__name__}.{name}", getattr(incoming, name)))
    patch.setattr(ArqRedis, "execute_command", _refused("Redis", ArqRedis.execute_command))
    patch.setattr(asyncio, "create_subprocess_exec", _refused("a child", asyncio.create_subprocess_exec))
