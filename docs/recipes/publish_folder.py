"""Uploads a folder and publishes its pictures: publish_folder.py FOLDER [HASHTAG …]

Run it again after an interruption: what is there already is neither sent nor published twice.
"""

import json
import os
import subprocess
import sys
from itertools import islice

from pmd_sdk import Client, pages

AT_ONCE = 128

folder, *hashtags = sys.argv[1:]

# “pmd push” sends several files at a time, and goes on where it was cut off.
push = ["pmd", "push", folder, "--json", "--provenance", "user_provided"]
pushed = subprocess.run(push, stdout=subprocess.PIPE, check=True)
uploaded = {line["asset_id"] for line in map(json.loads, pushed.stdout.splitlines()) if line["asset_id"]}

with Client(os.environ["PMD_URL"], os.environ["PMD_KEY"]) as client:
    assets = [each for each in pages(client.get_assets, type="image") if each.id in uploaded and each.post_id is None]
    waiting = iter(assets)
    while batch := [each.id for each in islice(waiting, AT_ONCE)]:
        client.post_asset_action(action="approve", asset_ids=batch)
        answer = client.post_asset_publish(asset_ids=batch)
        posts = [each.post_id for each in answer.items if each.post_id]
        if hashtags and posts:
            client.post_edit(post_ids=posts, add_hashtags=hashtags)
        for each in answer.items:
            if each.outcome == "refused":
                print(f"{each.asset_id}: {each.message}", file=sys.stderr)
        print(f"{len(posts)} published")
