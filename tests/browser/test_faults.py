"""The browser tests themselves: whatever goes wrong in a tab fails its test, unless the test expects it."""

import pytest

from .conftest import OpenTab
from .dashboard import Dashboard

_FAULTS = {
    "console.warn('a warning')": "a warning",
    "console.error('an error')": "an error",
    "setTimeout(() => { throw new Error('an exception') })": "an exception",
    "void Promise.reject(new Error('a rejection'))": "a rejection",
    "return fetch('/nothing')": "status of 404",
}


async def _run(tab: Dashboard, script: str) -> None:
    await tab.page.goto("/healthz")
    await tab.page.evaluate(f"() => {{ {script} }}")
    await tab.page.evaluate("() => new Promise((resolve) => setTimeout(resolve, 20))")


async def test_what_goes_wrong_in_any_tab_of_a_test_fails_it(open_tab: OpenTab) -> None:
    for script, reported in _FAULTS.items():
        with pytest.raises(AssertionError, match=reported):
            async with open_tab() as tab:
                await _run(await tab.beside(), script)
    async with open_tab() as tab:
        tab.faults.provoke(404)
        await _run(tab, "return fetch('/nothing')")
