"""Who meets at the rules' calls: people of each kind, and what the calls name of theirs."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Self

import aiohttp
import jwt

from pmd_service.identity.keys.form import digest_of, new_key, random_text

from .calls import ARCHIVE, ASSET, ASSETS, CALLS, DRAFT, DRAFTS, GROUP, HANDLE, ON_OWN_TABLES, POSTS, Call, filled
from .site import Answer, Api, Site

# Of which only some may wait, or be there: they begin with none.
_FEW = {
    "/api/pmd/takeout": "takeouts",
    "/api/pmd/bulk-changes": "bulk_change",
    "/api/pmd/imports": "imports",
    "/api/pmd/webhooks": "webhooks",
    "/api/pmd/smart-folders": "smart_folder",
    "/api/pmd/saved-views": "saved_view",
}


class Scene(NamedTuple):
    """An artist with a post and a stranger, a moderator, another one, and the owner of the site."""

    site: Site
    api: Api
    artist: int
    post: int
    stranger: int
    moderator: int
    second_moderator: int
    owner: int
    calls: dict[str, Call]

    @classmethod
    async def set(cls, site: Site, api: Api, *, original: bool) -> Self:
        artist, stranger = await site.add_user("artist"), await site.add_user("stranger")
        return cls(
            site=site,
            api=api,
            artist=artist,
            post=await site.add_post(artist, b"\x89PNG\r\n\x1a\n"),
            stranger=stranger,
            moderator=await site.add_user("mod", roles=["user", "moderator"]),
            second_moderator=await site.add_user("second", roles=["moderator"]),
            owner=await site.add_user("boss", roles=["owner"]),
            calls={route: call for route, call in CALLS.items() if not (original and route in ON_OWN_TABLES)},
        )

    async def status(self, route: str, *, of: int | None = None, path: str = "", **options: Any) -> int:
        """The status of a call on what the artist, or ``of``, owns; the answer's body is not waited for."""
        async with self.sent(route, of=of, path=path, **options) as response:
            return response.status

    async def answer(self, route: str, *, of: int | None = None, path: str = "", **options: Any) -> Answer:
        """The whole answer to a call on what the artist owns."""
        async with self.sent(route, of=of, path=path, **options) as response:
            return Answer(response.status, response.headers, await response.read())

    @asynccontextmanager
    async def sent(
        self, route: str, *, of: int | None = None, path: str = "", **options: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        method, template = route.split()
        call = CALLS[route]
        owner = of or self.artist
        options["params"] = call.query | options.get("params", {})
        path = path or await self.path(template, owner=owner, call=call)
        options["headers"] = call.headers | options.get("headers", {})
        if call.form:
            options["data"] = aiohttp.FormData()
            options["data"].add_field("files[]", b"hello", filename="notes.txt")
        if call.body is not None:
            options["json"] = filled(call.body, await self.named(owner)) | options.get("json", {})
            if call.reasoned and options["params"].get("target_sqid") not in (None, _signer(options["headers"])):
                options["json"]["reason"] = "Because."
        async with self.api.session.request(method, path, **options) as response:
            yield response

    async def named(self, owner: int) -> dict[object, Any]:
        """What a body names of the owner's."""
        asset, job = await self.asset(owner), await self.add_job(owner, "pending")
        draft = await self.add_draft(owner)
        return {
            DRAFT: draft,
            DRAFTS: [draft],
            POSTS: await self.site.pool.fetchval("SELECT array_agg(id) FROM posts WHERE owner_id = $1", owner),
            ASSETS: [asset],
            ASSET: asset,
            ARCHIVE: await self.add_archive(owner),
            HANDLE: await self.site.pool.fetchval("SELECT handle FROM users WHERE id = $1", owner),
            GROUP: str(await self.site.pool.fetchval("SELECT group_id FROM job WHERE id = $1", job)),
        }

    async def path(self, template: str, *, owner: int, call: Call) -> str:
        if template in _FEW:
            await self.site.pool.execute(f"DELETE FROM {_FEW[template]}")
        if template == "/api/pmd/watermark/preview":
            await self.add_watermark(owner)
        if "/hides/" in template:
            await self.add_hide(owner)
        if "{upload_id}" in template or "{report_id}" in template:
            for parameter, value in (await self.add_upload(owner, call.upload)).items():
                template = template.replace(parameter, value)
        adding: dict[str, Callable[[], Awaitable[object]]] = {
            "{post_id}": lambda: self.site.pool.fetchval("SELECT min(id) FROM posts WHERE owner_id = $1", owner),
            "{asset_id}": lambda: self.asset(owner),
            "{pack_id}": lambda: self.add_pack(owner),
            "{draft_id}": lambda: self.add_draft(owner),
            "{series_id}": lambda: self.add_series(owner),
            "{folder_id}": lambda: self.add_smart_folder(owner),
            "{view_id}": lambda: self.add_saved_view(owner),
            "{tag}": lambda: self.add_tag(owner),
            "{edition}": self.edition,
            "{number}": self.edition,
            "{bdr_id}": lambda: self.add_bdr(owner, call.bdr),
            "{takeout_id}": lambda: self.add_takeout(owner, call.bdr),
            "{job_id}": lambda: self.add_job(owner, call.job),
            "{webhook_id}": lambda: self.add_webhook(owner),
            "{import_id}": lambda: self.add_import(owner, call.change),
            "{change_id}": lambda: self.add_bulk_change(owner, call.change),
            "{key_id}": lambda: self.add_key(owner),
            "{session_id}": lambda: self.add_session(owner),
            "{user_code}": self.add_grant,
        }
        for parameter, add in adding.items():
            if parameter in template:
                template = template.replace(parameter, str(await add()))
        if "{delivery_id}" in template:
            template = template.replace("{delivery_id}", str(await self.add_delivery(template.split("/")[4])))
        if "{link_id}" in template:
            template = template.replace("{link_id}", str(await self.add_link(owner, template)))
        return template

    async def add_draft(self, owner: int) -> int:
        """One that is ready, of a file of its own."""
        asset = await self.site.add_asset(owner, width=16, height=16)
        draft_id: int = await self.site.pool.fetchval(
            """INSERT INTO draft (user_id, asset_id, title, alt_text, license_id, position)
               VALUES ($1, $2, 'Lamp', 'A lamp.', 2, 1) RETURNING id""",
            owner,
            asset,
        )
        return draft_id

    async def add_series(self, owner: int) -> int:
        series_id: int = await self.site.pool.fetchval(
            "INSERT INTO series (user_id, name) VALUES ($1, 'Coast') RETURNING id", owner
        )
        return series_id

    async def add_smart_folder(self, owner: int) -> int:
        folder_id: int = await self.site.pool.fetchval(
            """INSERT INTO smart_folder (user_id, name, filter, sort)
               VALUES ($1, md5(random()::text), '{"theme": "kept"}', 'path') RETURNING id""",
            owner,
        )
        return folder_id

    async def add_saved_view(self, owner: int) -> int:
        view_id: int = await self.site.pool.fetchval(
            "INSERT INTO saved_view (user_id, name, query) VALUES ($1, md5(random()::text), 'q=sea') RETURNING id",
            owner,
        )
        return view_id

    async def add_tag(self, owner: int) -> str:
        """One that only this user has."""
        tag = f"sea-{owner}"
        await self.site.add_asset(owner, hashtags=[tag])
        return tag

    async def add_watermark(self, owner: int) -> None:
        """A watermark, drawn over the preview of the owner's file."""
        await self.asset(owner)
        await self.site.pool.execute(
            """INSERT INTO watermark (user_id, text, place, opacity, size) VALUES ($1, '© artist', 'middle', 50, 50)
                   ON CONFLICT DO NOTHING""",
            owner,
        )
        await self.site.pool.execute(
            """INSERT INTO watermarked (user_id, source, version, picture, mime_type)
               SELECT user_id, 'previews/' || user_id || '/128.webp', version, 'RIFF', 'image/webp' FROM watermark
                WHERE user_id = $1 ON CONFLICT (user_id, source) DO UPDATE SET version = excluded.version""",
            owner,
        )

    async def add_webhook(self, owner: int) -> int:
        webhook_id: int = await self.site.pool.fetchval(
            """INSERT INTO webhooks (user_id, url, events, secret, installation, seen)
               VALUES ($1, 'https://island.example/', '{post.made}', 'whsec_c2VjcmV0', '', pg_current_snapshot())
               RETURNING id""",
            owner,
        )
        return webhook_id

    async def add_delivery(self, webhook_id: str) -> int:
        """One that was sent to this webhook; nobody's where that is nobody's."""
        delivery_id: int | None = await self.site.pool.fetchval(
            """INSERT INTO webhook_deliveries (webhook_id, message_id, event, subjects, at, status)
               SELECT id, 'msg_1', 'post.made', '{1}', now(), 'sent' FROM webhooks WHERE id::text = $1 RETURNING id""",
            webhook_id,
        )
        return delivery_id or 2**31 - 1

    async def add_link(self, owner: int, path: str) -> int:
        """A link to the pack, or the download, that the path names; no one's where the object has no owner."""
        _, _, _, kind, named, *_ = path.split("/")
        table, columns = ("pack", "id, NULL") if kind == "packs" else ("batch_download_requests", "NULL, id")
        link_id: int | None = await self.site.pool.fetchval(
            f"""INSERT INTO share_link (code, user_id, pack_id, bdr_id)
                SELECT md5(random()::text), $1, {columns} FROM {table} WHERE id::text = $2
                RETURNING id""",
            owner,
            named,
        )
        return link_id or 2**31 - 1

    async def add_hide(self, owner: int) -> None:
        """A moderator's reason for hiding the owner's first post, without an answer."""
        await self.site.pool.execute(
            """INSERT INTO post_hides (post_id, owner_id, moderator_id, reason)
               SELECT min(id), $1, $2, 'No.' FROM posts WHERE owner_id = $1 HAVING count(*) > 0
                   ON CONFLICT (post_id) DO UPDATE SET answer = NULL, answered_at = NULL""",
            owner,
            self.moderator,
        )

    async def add_takeout(self, owner: int, status: str) -> str:
        """Everything in one download of this status."""
        takeout_id = await self.site.pool.fetchval(
            """INSERT INTO takeouts (user_id, requested_by, send_email, post_count, file_count, pack_count,
                                     completed_at)
               VALUES ($1, $1, false, 1, 0, 0, CASE WHEN $2 <> 'pending' THEN now() END) RETURNING id""",
            owner,
            status,
        )
        await self.site.pool.execute(
            "UPDATE batch_download_requests SET takeout_id = $1 WHERE id = $2",
            takeout_id,
            await self.add_bdr(owner, status),
        )
        return str(takeout_id)

    async def asset(self, owner: int) -> int:
        """The owner's file."""
        found: int | None = await self.site.pool.fetchval("SELECT min(id) FROM asset WHERE user_id = $1", owner)
        if found is not None:
            return found
        key = self.site.write(f"previews/{owner}/128.webp", b"RIFF")
        preview = {"path": f"/vault/{key.relative_to(self.site.vault)}", "etag": None, "size": 128, "size_bytes": 4}
        preview |= {"mime_type": "image/webp", "width": 128, "height": 128}
        return await self.site.add_asset(owner, approved=True, previews=[preview])

    async def add_pack(self, owner: int) -> int:
        """A pack of the owner's with that file, and an edition of it."""
        pack: int = await self.site.pool.fetchval(
            """INSERT INTO pack (user_id, name, slug, license_type, edition, export_path, exported_at, export_hash)
               VALUES ($1, 'Sea', md5(random()::text), 'royalty_free', 1, 'packs/x', now(), 'ab') RETURNING id""",
            owner,
        )
        key = f"packs/{self.site.sqid(owner)}/{pack}/1.1.zip"
        self.site.write(key, b"PK")
        await self.site.pool.execute(
            """INSERT INTO pack_edition (pack_id, edition, key, size_bytes, hash, asset_count)
               VALUES ($1, 1, $2, 2, repeat('ab', 32), 1)""",
            pack,
            key,
        )
        await self.site.pool.execute(
            "INSERT INTO pack_asset (pack_id, asset_id) VALUES ($1, $2)", pack, await self.asset(owner)
        )
        return pack

    async def edition(self) -> int:
        """The number of every pack's one edition, and of every post's one version."""
        return 1

    async def add_upload(self, owner: int, status: str) -> dict[str, str]:
        """An upload of one file; returns what a path may name of it."""
        counts = {"processing": (0, 0), "failed": (0, 1), "completed": (1, 0)}[status]
        settled = "NULL" if status == "processing" else "now()"
        pool = self.site.pool
        # A fifth open one would have to wait.
        await pool.execute("DELETE FROM batch_reports WHERE user_id = $1", owner)
        upload_id = await pool.fetchval(
            f"""INSERT INTO batch_reports (user_id, requested_by, total_files, status, successful_files, failed_files,
                                           completed_at)
                VALUES ($1, $1, 1, $2, $3, $4, {settled}) RETURNING id""",
            owner,
            status,
            *counts,
        )
        report_id = await pool.fetchval(
            """INSERT INTO reports (user_id, batch_id, outcome, file_name, hash)
               VALUES ($1, $2, 'added', 'a.png', repeat('0', 64)) RETURNING id""",
            owner,
            upload_id,
        )
        file_id = await pool.fetchval(
            f"""INSERT INTO batch_report_files (batch_id, user_id, file_name, relative_path, file_size,
                                                processing_order, processing_status, settled_at, error_message)
                VALUES ($1, $2, 'a.png', 'a.png', 9, 0, $3, {settled}, $4) RETURNING id""",
            upload_id,
            owner,
            {"processing": "pending", "failed": "failed", "completed": "success"}[status],
            "It failed." if status == "failed" else None,
        )
        return {"{upload_id}": str(upload_id), "{file_id}": str(file_id), "{report_id}": str(report_id)}

    async def add_job(self, owner: int, status: str) -> int:
        failed = status == "failed"
        job_id: int = await self.site.pool.fetchval(
            """INSERT INTO job (kind, asset_id, params_json, user_id, requested_by, group_id, status, completed_at,
                                error_message)
               VALUES ('upscale', $1, '{}', $2, $2, gen_random_uuid(), $3, CASE WHEN $4 THEN now() END,
                       CASE WHEN $4 THEN 'It failed.' END) RETURNING id""",
            await self.asset(owner),
            owner,
            status,
            failed,
        )
        return job_id

    async def add_bulk_change(self, owner: int, status: str) -> int:
        await self.site.pool.execute("DELETE FROM bulk_change")
        change_id: int = await self.site.pool.fetchval(
            """INSERT INTO bulk_change (user_id, requested_by, action, request, found_count, changed_count, status,
                                        completed_at)
               VALUES ($1, $1, 'hide', '{"action": "hide", "filter": {}}', 1, 1, $2,
                       CASE WHEN $2 = 'completed' THEN now() END) RETURNING id""",
            owner,
            status,
        )
        return change_id

    async def add_archive(self, owner: int) -> int:
        """The owner's ZIP."""
        find = "SELECT id FROM asset WHERE user_id = $1 AND name = 'all.zip'"
        found: int | None = await self.site.pool.fetchval(find, owner)
        return found or await self.site.add_asset(owner, b"PK", name="all.zip", type="other", file_format="zip")

    async def add_import(self, owner: int, status: str) -> int:
        """An import whose report is in this state; “made”: it was made."""
        await self.site.pool.execute("DELETE FROM imports")
        import_id: int = await self.site.pool.fetchval(
            """INSERT INTO imports (user_id, requested_by, asset_id, name, stage, status)
               VALUES ($1, $1, $2, 'all.zip', $3, $4) RETURNING id""",
            owner,
            await self.add_archive(owner),
            "import" if status == "made" else "report",
            "completed" if status == "made" else status,
        )
        return import_id

    async def add_key(self, owner: int, *scopes: str, secret: str = "", **columns: Any) -> int:
        """An access key with exactly these scopes."""
        values = {
            "user_id": owner,
            "name": "a script",
            "scopes": scopes or ("posts:read",),
            "hint": "pmd_0000",
            "made_by": "page",
        } | columns
        names, marks = ", ".join(values), ", ".join(f"${number}" for number in range(2, len(values) + 2))
        key_id: int = await self.site.pool.fetchval(
            f"INSERT INTO access_key (digest, {names}) VALUES ($1, {marks}) RETURNING id",
            digest_of(secret or new_key()),
            *values.values(),
        )
        return key_id

    async def key(self, owner: int, *scopes: str, **columns: Any) -> dict[str, str]:
        """The headers of a request with a new key."""
        secret = new_key()
        await self.add_key(owner, *scopes, secret=secret, **columns)
        return {"Authorization": f"Bearer {secret}"}

    async def add_session(self, owner: int) -> int:
        """Another browser of the owner's."""
        session_id: int = await self.site.pool.fetchval(
            """INSERT INTO browser_session (user_id, digest, browser, address, expires_at)
               VALUES ($1, $2, '', '203.0.113.7', now() + interval '1 day') RETURNING id""",
            owner,
            digest_of(new_key()),
        )
        return session_id

    async def add_grant(self) -> str:
        """The code of a program that waits to be approved."""
        code = "-".join(random_text("BCDFGHJK", 4) for _ in range(2))
        await self.site.pool.execute(
            """INSERT INTO device_grant (digest, user_code, name, scopes, address, expires_at)
               VALUES ($1, $2, 'a tool', '{posts:read}', '203.0.113.7', now() + interval '1 hour')""",
            digest_of(code),
            code,
        )
        return code

    async def add_bdr(self, owner: int, status: str) -> str:
        self.site.write("bdr/archive.zip", b"PK")
        columns = {
            "pending": "",
            "failed": ", completed_at = now(), error_message = 'It failed.'",
            "ready": """, completed_at = now(), expires_at = now() + interval '1 day', file_path = 'bdr/archive.zip',
                        file_size_bytes = 2""",
        }[status]
        bdr_id = await self.site.pool.fetchval(
            """INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count)
               VALUES ($1, $1, ARRAY[$2::int], 1) RETURNING id""",
            owner,
            self.post,
        )
        await self.site.pool.execute(
            f"UPDATE batch_download_requests SET status = $2 {columns} WHERE id = $1", bdr_id, status
        )
        return str(bdr_id)

    def sign(self, user: int) -> dict[str, str]:
        return self.api.sign(user)

    def target(self, user: int) -> dict[str, str]:
        return {"target_sqid": self.site.sqid(user)}


def _signer(headers: dict[str, str]) -> str | None:
    """The user whose token the headers have, if any."""
    token = headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        subject: str | None = jwt.decode(token, options={"verify_signature": False}).get("sub")
    except jwt.InvalidTokenError:
        return None
    return subject
