"""The vault: nothing leads out of it, nothing that a row names is swept, and nobody is reached on a stranger's word."""

from .mutant import Mutant

_KEYS = "pmd_service/vault/keys.py"
_FINDER = "pmd_service/vault/local_artworks.py"
_LOCAL = "pmd_service/vault/local.py"
_LEFTOVERS = "pmd_service/vault/leftovers.py"
_RANGES = "pmd_service/vault/ranges.py"
_RESPONSE = "pmd_service/vault/file_response.py"
_ADDRESSES = "pmd_service/vault/addresses.py"
_REMOTE = "pmd_service/vault/remote.py"


def _local(test: str) -> tuple[str]:
    return (f"tests/vault/test_local.py::test_{test}",)


def _left(test: str) -> tuple[str]:
    return (f"tests/vault/test_leftovers.py::test_{test}",)


def _remote(test: str) -> tuple[str]:
    return (f"tests/vault/test_remote.py::test_{test}",)


_OUTSIDE = _local("nothing_outside_is_located")
_NO_KEY = tuple(
    f"tests/vault/test_protocol.py::test_what_is_no_key_is_neither_written_nor_removed[files-{key}]"
    for key in ("bdr/./x", "bdr/x/")
)
_ADDRESS_TESTS = ("tests/vault/test_addresses.py",)
_PART = ("tests/downloads/test_download.py::test_a_single_range_is_answered_with_exactly_that_part",)
_IF_RANGE = ("tests/downloads/test_download.py::test_if_range_resumes_only_what_has_not_changed",)

MUTANTS = (
    Mutant(_KEYS, '_SEGMENT = r"(?!\\.)', '_SEGMENT = r"', _NO_KEY),
    Mutant(_KEYS, "not _KEY.fullmatch(key)", "not _KEY.match(key)", _NO_KEY),
    Mutant(
        _KEYS,
        'frozenset({"bdr", "packs", "takeouts", INCOMING})',
        'frozenset({"packs", "takeouts", INCOMING})',
        _local("an_archive_is_nobodys_artwork"),
    ),
    Mutant(
        _KEYS,
        '"takeouts", INCOMING})',
        '"takeouts"})',
        ("tests/vault/test_incoming.py::test_half_received_files_are_nobodys_artworks[files]",),
    ),
    Mutant(
        _FINDER,
        "real_key == path or not is_artwork(real_key)",
        "not is_artwork(real_key)",
        ("tests/vault/test_local.py",),
    ),
    Mutant(_FINDER, "if not stat.S_ISLNK(status.st_mode):", "if True:", ("tests/vault/test_local.py",)),
    Mutant(_FINDER, "if not stat.S_ISREG(status.st_mode):", "if False:", ("tests/vault/test_local.py",)),
    Mutant(_FINDER, "if name not in _ODD_NAMES:", "if True:", ("tests/vault/test_local.py",)),
    Mutant(
        _LOCAL,
        "return path if path.is_relative_to(self._root) and path.is_file() else None",
        "return path",
        ("tests/vault/test_local.py",),
    ),
    Mutant(
        _LEFTOVERS,
        "if await connection.fetchrow(_KEEP, self.key) is None:",
        "if False:",
        _left("what_the_sweep_has_removed_cannot_be_published"),
    ),
    Mutant(_LEFTOVERS, "FOR UPDATE SKIP LOCKED", "", _left("the_sweep_passes_over_what_is_being_published")),
    Mutant(
        _LEFTOVERS, "WHERE due_at <= now() AND", "WHERE", _left("the_files_of_a_dead_writer_go_when_it_must_be_dead")
    ),
    Mutant(
        _LEFTOVERS,
        "least($2 * 2.0 ^ faults, $3)",
        "least($2, $3)",
        ("tests/vault/test_leftovers.py::test_one_that_cannot_be_removed_waits_longer_and_longer_and_stops_nothing",),
    ),
    Mutant(
        _LEFTOVERS,
        'UPDATE vault_leftovers SET due_at = now() WHERE key = $1"',
        'INSERT INTO vault_leftovers (key) VALUES ($1) ON CONFLICT (key) DO UPDATE SET due_at = now()"',
        _left("a_commit_whose_answer_was_lost_loses_no_object"),
    ),
    Mutant(
        _RANGES,
        "if single is None or not _is_unchanged(request, etag, last_modified):",
        "if single is None:",
        _IF_RANGE,
    ),
    Mutant(
        _RANGES,
        'range(max(0, size - int(single["suffix"])), size)',
        'range(size - int(single["suffix"]), size)',
        _PART,
    ),
    Mutant(_RESPONSE, "if self._whole and hdrs.RANGE in request.headers:", "if False:", _IF_RANGE),
    Mutant(_ADDRESSES, "if inner is not None:", "if False:", _ADDRESS_TESTS),
    Mutant(_ADDRESSES, "if address not in _GLOBAL_UNICAST:", "if False:", _ADDRESS_TESTS),
    Mutant(_ADDRESSES, " and not address.is_multicast", "", _ADDRESS_TESTS),
    Mutant(
        _ADDRESSES,
        "if not _allows(is_allowed, destination[0]):",
        "if False:",
        _remote("an_address_that_is_not_public_is_refused"),
    ),
    Mutant(
        _ADDRESSES,
        "allowed = [info for info in infos if _allows(self._is_allowed, info[4][0])]",
        "allowed = infos",
        _remote("of_a_names_addresses_only_the_allowed_ones_are_connected_to"),
    ),
    Mutant(
        _REMOTE,
        "range(MAX_REDIRECTS + 1)",
        "range(MAX_REDIRECTS + 2)",
        _remote("five_redirects_are_followed_and_six_are_not"),
    ),
    Mutant(
        _REMOTE,
        "if size > max_bytes:",
        "if False:",
        _remote("an_unannounced_size_over_the_limit_is_refused_on_the_way"),
    ),
    Mutant(
        _REMOTE,
        'if url.scheme == "https" and onward.scheme != "https":',
        "if False:",
        _remote("what_began_over_https_stays_on_https"),
    ),
    Mutant(_RANGES, "min(last + 1, size)", "min(last, size)", _PART),
    Mutant(
        _RANGES,
        'headers={hdrs.CONTENT_RANGE: f"bytes */{size}"}',
        "headers={}",
        ("tests/downloads/test_download.py::test_a_range_behind_the_end_is_refused_with_the_size",),
    ),
)
