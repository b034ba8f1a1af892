"""Files are used off the event loop: by aiofiles, or in a thread for a reason that the module gives."""

import ast
import re

from ..forked import ROOT

# What aiofiles.os does in one call; ruff's ASYNC230, 240 and 251 find what blocks the loop.
SINGLE_CALLS = {
    "access", "exists", "is_dir", "is_file", "isdir", "isfile", "listdir", "makedirs", "mkdir", "remove", "rename",
    "replace", "rmdir", "stat", "unlink",
}  # fmt: skip
THREADS = {"to_thread", "run_in_executor"}


def test_single_file_operations_off_the_loop_use_aiofiles() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in ROOT.glob("pmd_service/**/*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in THREADS
        for argument in call.args[:2]
        if isinstance(argument, ast.Attribute) and argument.attr in SINGLE_CALLS
    ]
    assert found == []


def test_modules_with_threads_say_why_aiofiles_does_not_do() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in ROOT.glob("pmd_service/**/*.py")
        if re.search(rf"\.({'|'.join(THREADS)})\(", text := path.read_text())
        if "In a thread: " not in (ast.get_docstring(ast.parse(text)) or "")
    ]
    assert silent == []
