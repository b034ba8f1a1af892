"""Choosing a loop on the page: the list, the seams to be heard, and the task with the chosen one."""

import os
import re
from pathlib import Path

from playwright.async_api import expect

from ..conftest import WorkOff
from ..media.files import save_sound
from ..media.test_loops import song
from ..site import Site
from .dashboard import Dashboard
from .library import open_page, selecting, tick
from .test_uploads_page import Uploads

# What is played: where in the sound each part begins, how long it is, and when it is heard.
_LISTEN = """
window.heard = [];
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (at, from, seconds) {
  window.heard.push([at, from, seconds]);
  return start.call(this, at, from, seconds);
};
"""


async def test_a_loop_is_heard_and_chosen_before_it_is_written(
    site: Site, tab: Dashboard, work_off: WorkOff, tmp_path: Path
) -> None:
    artist = await site.add_user("pixelfan")
    folder = tmp_path / "songs"
    folder.mkdir()
    sound, length = song()
    save_sound(folder / "song.wav", sound, rate=22_050)
    await tab.page.add_init_script(_LISTEN)
    uploads = Uploads(tab)
    await uploads.open(site, artist)
    await uploads.choose(folder)
    await uploads.start()
    await uploads.settle(1, work_off)
    await open_page(tab, site, artist, "library?folder=songs")
    await tick(tab, "song.wav")
    await selecting(tab, "Task").click()
    await tab.dialog.get_by_role("radio", name=re.compile("^Loop")).check()
    async with tab.page.expect_response(lambda answer: answer.request.method == "POST"):
        await tab.dialog.get_by_role("button", name="Find loops").click()
    await work_off()

    exact = tab.dialog.get_by_role("listitem").filter(has_text="ends 100 % alike").first
    await expect(exact).to_be_visible()
    if shot := os.environ.get("PMD_LOOPS_PICTURE"):
        await tab.page.screenshot(path=shot)
    await exact.get_by_role("button", name="Play the seam").click()
    # A function: the page's policy lets no text be evaluated again.
    await tab.page.wait_for_function("() => window.heard.length === 2")
    (first, before, seconds), (second, behind, _) = await tab.page.evaluate("window.heard")
    assert abs(second - first - seconds) < 1e-6
    assert abs(before + seconds - behind - length / 22_050) < 1e-3
    await exact.get_by_role("radio").check()
    await expect(tab.dialog.get_by_label("Start")).to_have_value(re.compile(r"^\d+\.\d+$"))
    async with tab.page.expect_response(lambda answer: answer.request.method == "POST"):
        await tab.answers("Start 1 task")
    await work_off()
    await tab.page.locator(".asset-stack").click()  # its result is stacked on it
    await expect(tab.page.get_by_role("option", name=re.compile("^song loop"))).to_be_visible()
