"""The checks in order, and how their errors become sentences."""

import asyncio

from ...base.migrations import SchemaError
from ...base.settings import Settings, SettingsError
from ...base.unreachable import DatabaseUnreachableError
from ...vault import VaultFaultError
from .files import check_temporary, check_vault
from .finding import CHECK_SECONDS, Check, CheckFailedError, Finding
from .host import check_address, check_descriptors, check_mail, check_page, check_ports, check_settings
from .media import check_media
from .postgres import (
    check_clocks,
    check_connections,
    check_indexes,
    check_listen,
    check_pooler,
    check_postgres,
    check_schema,
    check_site,
)
from .queues import check_redis, check_sentinels, check_work, check_worker
from .standbys import check_standbys

# The checks, each with those that it depends on.
CHECKS: dict[str, tuple[Check, tuple[str, ...]]] = {
    "settings": (check_settings, ()),
    "postgres": (check_postgres, ()),
    "pooler": (check_pooler, ("postgres",)),
    "connections": (check_connections, ("postgres",)),
    "clocks": (check_clocks, ("postgres",)),
    "schema": (check_schema, ("postgres", "pooler")),
    "indexes": (check_indexes, ("postgres", "schema")),
    "site": (check_site, ("postgres", "schema")),
    "listen": (check_listen, ("postgres",)),
    "standbys": (check_standbys, ("postgres",)),
    "redis": (check_redis, ()),
    "sentinels": (check_sentinels, ("redis",)),
    "worker": (check_worker, ("redis",)),
    "vault": (check_vault, ()),
    "temporary": (check_temporary, ()),
    "mail": (check_mail, ()),
    "media": (check_media, ()),
    "page": (check_page, ()),
    "ports": (check_ports, ()),
    "address": (check_address, ()),
    "descriptors": (check_descriptors, ()),
    "work": (check_work, ("postgres", "schema", "worker")),
}
# Errors whose message is a sentence for operators.
_SENTENCES = (CheckFailedError, SettingsError, SchemaError, DatabaseUnreachableError, VaultFaultError)


async def diagnose(settings: Settings) -> list[Finding]:
    """Run all checks. A failed check only skips those that depend on it."""
    findings: dict[str, Finding] = {}
    for name, (check, needed) in CHECKS.items():
        failed = next((each for each in needed if not findings[each].is_well), None)
        findings[name] = (
            Finding(name=name, is_well=None, detail=f"Skipped because of {failed}.")
            if failed
            else await _find(name, check, settings)
        )
    return [*findings.values()]


async def _find(name: str, check: Check, settings: Settings) -> Finding:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return Finding(name=name, is_well=True, detail=await check(settings))
    except _SENTENCES as error:
        return Finding(name=name, is_well=False, detail=_in_one_line(error))
    except TimeoutError:
        return Finding(name=name, is_well=False, detail=f"No answer within {CHECK_SECONDS:.0f} s.")
    except Exception as error:
        return Finding(name=name, is_well=False, detail=f"{type(error).__name__}: {_in_one_line(error)}")


def _in_one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{text[:1].upper()}{text[1:]}"
