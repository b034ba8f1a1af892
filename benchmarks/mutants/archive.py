"""The names in an archive, and a part file on a disk that takes only a part."""

from .mutant import Mutant

_NAMES = "pmd_service/archive/names.py"
_PART = "pmd_service/vault/local_files.py"
_NAME_TESTS = ("tests/archive/test_names.py",)
_PART_TESTS = ("tests/vault/test_part_file.py",)

MUTANTS = (
    Mutant(_NAMES, "MAX_STEM_BYTES = 200", "MAX_STEM_BYTES = 260", _NAME_TESTS),
    Mutant(_NAMES, "stem.encode()[: MAX_STEM_BYTES - len(ending)]", "stem.encode()[:MAX_STEM_BYTES]", _NAME_TESTS),
    Mutant(
        _NAMES,
        '.encode()[: MAX_STEM_BYTES - len(ending)].decode(errors="ignore")',
        "[: MAX_STEM_BYTES - len(ending)]",
        _NAME_TESTS,
    ),
    Mutant(_NAMES, "extension.lower())[:10]", "extension.lower())", _NAME_TESTS),
    Mutant(_NAMES, '.rstrip(". ") or "_"', ' or "_"', _NAME_TESTS),
    Mutant(_NAMES, '.strip(". ")', "", _NAME_TESTS),
    Mutant(_NAMES, "return name.casefold() in self._taken", "return name in self._taken", _NAME_TESTS),
    Mutant(_NAMES, "re.IGNORECASE", "0", _NAME_TESTS),
    Mutant(_NAMES, '"Cf", "Cs"', '"Cs"', _NAME_TESTS),
    Mutant(_NAMES, "if _RESERVED.match(stem):", "if False:", _NAME_TESTS),
    Mutant(_PART, "if written < self._batch_bytes:", "if False:", _PART_TESTS),
    Mutant(_PART, "rest[written:]", "rest", _PART_TESTS),
    Mutant(_PART, "while written < self._batch_bytes:\n", "if written < self._batch_bytes:\n", _PART_TESTS),
    Mutant(
        _PART, "            self._write_batch()\n            self._syncing", "            self._syncing", _PART_TESTS
    ),
    Mutant(_PART, "self._syncing.result()\n            if", "if", _PART_TESTS),
    Mutant(_PART, "self._syncing.result()  # the kernel", "pass  # the kernel", _PART_TESTS),
    Mutant(_PART, "os.fsync(self._file.fileno())", "pass", _PART_TESTS),
)
