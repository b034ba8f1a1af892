"""Faults of links and the pages behind them."""

from .mutant import Mutant, tests_of

_LINKS = "pmd_service/sharing/links.py"
_PUBLIC = "pmd_service/sharing/public.py"
_VIEWS = "pmd_service/sharing/views.py"
_PASSWORDS = "pmd_service/sharing/passwords.py"
_PAGES = "pmd_service/sharing/pages.py"
_TEMPLATES = "pmd_service/locales/templates.py"
_ATTEMPTS = "pmd_service/sharing/attempts.py"
_PEERS = "pmd_service/http/addresses.py"
_test = tests_of("tests/sharing/test_links.py")
_try = tests_of("tests/sharing/test_password_attempts.py")
_OVER = _test("withdrawn_or_expired_link_is_refused_on_every_server")
_PASSWORD = _test("share_password_opens_every_part_and_is_in_no_url")
_KEY = _try("share_key_expires_and_fits_one_link_and_password")
_NOT_IN_IT = _test("share_link_serves_files_of_the_edition_only")
_STRIPS = _test("share_link_plays_no_unstripped_sounds")
_COPIES = ("tests/sharing/test_sounds.py::test_shared_sounds_are_stripped_copies_with_ranges_and_head",)
_OFF = _test("sharing_disabled_has_no_links")
_NOT_THEIRS = _test("other_users_packs_and_links_are_not_found")
_STANDING = _test("links_of_banned_and_deleted_users_are_not_found")
_WITHDRAWN = _test("oldest_withdrawn_links_are_deleted")
_NO_SENSE = _test("invalid_link_is_refused")
_SEARCHED = _test("only_public_links_may_be_indexed")
_KEPT = _test("download_link_lasts_as_long_as_its_archive")
_SEES = _test("share_link_shows_and_downloads_the_pack[files]")
_GUESSES = _try("password_guessing_is_limited_and_blocks_no_one_else")
_COUNTED = _try("password_attempts_are_limited_per_link_and_address")
_ADDRESS = _try("client_address_is_the_peers_or_a_local_proxys")
_ONE_COUNTS = ("tests/test_counting.py::test_concurrent_counting_of_a_limit_is_serialized[links]",)
_FORMS = _try("malformed_password_form_is_refused")

MUTANTS = (
    Mutant(_LINKS, "withdrawn_at IS NULL AND (expires", "(expires", _OVER),
    Mutant(_LINKS, "(expires_at IS NULL OR expires_at > now())", "true", _OVER),
    Mutant(_LINKS, "WHERE users.id = user_id AND {IN_GOOD_STANDING})", "WHERE users.id = user_id)", _STANDING),
    Mutant(_LINKS, "AND withdrawn_at IS NOT NULL ORDER BY id DESC", "ORDER BY id DESC", _WITHDRAWN),
    Mutant(_LINKS, "for link in links) >= MAX_LINKS", "for link in links) > MAX_LINKS", _WITHDRAWN),
    Mutant(_LINKS, 'await lock(connection, "link", actor.subject.id)', "pass", _ONE_COUNTS),
    Mutant(_LINKS, "id = $2 AND {target.column} = $3", "id = $2 AND ({target.column} = $3 OR true)", _NOT_THEIRS),
    Mutant(_LINKS, "not EPOCH < body.expires_at <= LAST", "False", _NO_SENSE),
    Mutant(_LINKS, 'if settings.sharing == "off":', "if False:", _OFF),
    Mutant(_LINKS, "    check_reason(actor, body.reason, is_required=True)\n", "", _NOT_THEIRS),
    Mutant(_LINKS, "FROM pack WHERE id = $1 AND user_id = $2", "FROM pack WHERE id = $1 AND $2 > 0", _NOT_THEIRS),
    Mutant(_PUBLIC, 'or request.app[SETTINGS].sharing == "off"', "", _OFF),
    Mutant(_PUBLIC, "if shared.password is not None and _key_of(", "if False and _key_of(", _PASSWORD),
    Mutant(_VIEWS, 'shown.marks == "keep" or shown.sounds is not None', "True", _STRIPS),
    Mutant(_VIEWS, "or (copy := shown.sounds.get(str(asset_id))) is None", "or (copy := None) is None", _COPIES),
    Mutant(_VIEWS, "or asset_id not in shown.asset_ids or", "or", _NOT_IN_IT),
    Mutant(_VIEWS, "AND user_id = $2 AND type = 'audio'", "AND user_id = $2", _NOT_IN_IT),
    Mutant(_PUBLIC, "if request.method == hdrs.METH_GET:", "if True:", _SEES),
    Mutant(
        _PUBLIC,
        "ORDER BY edition DESC LIMIT 1",
        "ORDER BY edition LIMIT 1",
        _test("editions_have_a_version_and_release_notes"),
    ),
    Mutant(_PUBLIC, "if is_full_download(request, stored.etag):", "if True:", _SEES),
    Mutant(_PUBLIC, "async with turn_of(request):\n        cover", "if True:\n        cover", _SEES),
    Mutant(
        "pmd_service/identity/session.py",
        "in_flight.assign(request, *dict.fromkeys((reader, user)))",
        "pass",
        _try("anonymous_connections_are_limited_in_all_and_per_address"),
    ),
    Mutant(_VIEWS, "is_in_it = shown is not None and asset_id in shown.asset_ids", "is_in_it = True", _NOT_IN_IT),
    Mutant(_VIEWS, "if has_sounds else []", "", _STRIPS),
    Mutant(
        _VIEWS,
        "ORDER BY place LIMIT {MAX_PICTURES}",
        "ORDER BY place",
        _test("shared_page_of_the_largest_pack_stays_small"),
    ),
    Mutant(_PASSWORDS, "and not has_expired", "", _KEY),
    Mutant(_PASSWORDS, 'f"{code} {until}".encode()', 'f"{until}".encode()', _KEY),
    Mutant(_PASSWORDS, "hmac.digest(kept.encode(),", 'hmac.digest(b"pmd",', _KEY),
    Mutant(_ATTEMPTS, "self._of_network.take((code, network)).left >= 0 and ", "", _GUESSES),
    Mutant(_ATTEMPTS, " and self._of_link.take(code).left >= 0", "", _COUNTED),
    Mutant(_ATTEMPTS, "        ATTEMPTS.release(code, network)\n", "", _GUESSES),
    Mutant(_PEERS, "if address.is_private if proxies is None", "if True if proxies is None", _ADDRESS),
    Mutant(_PEERS, '.rpartition(",")[2]', '.partition(",")[0]', _ADDRESS),
    Mutant(_ATTEMPTS, ", most=FORM_BYTES", "", _FORMS),
    Mutant(_PAGES, "HEADERS if is_public else", "HEADERS if True else", _SEARCHED),
    Mutant(_VIEWS, "bdr.expires_at > now()", "true", _KEPT),
    Mutant(_TEMPLATES, 'select_autoescape(["html", "html.jinja"])', "False", _SEES),
    Mutant(
        "pmd_service/sharing/reservations.py",
        "AND (expires_at IS NULL OR expires_at > now())",
        "AND expires_at IS NULL",
        ("tests/sharing/test_reservations.py::test_files_for_crawlers_list_public_links_that_are_reserved",),
    ),
    Mutant(
        "pmd_service/sharing/series_page.py",
        "bare = [post for post in posts if not post.content_warnings]",
        "bare = [*posts]",
        ("tests/sharing/test_series_page.py::test_visitors_see_visible_posts_in_order",),
    ),
    Mutant(
        "pmd_service/sharing/drawing.py",
        " WHERE known.version < $2\n",
        "",
        ("tests/sharing/test_watermark.py::test_pictures_are_drawn_once_for_each_version",),
    ),
    Mutant(
        "pmd_service/sharing/links.py",
        " AND slot > 0)::bigint AS download_count",
        ")::bigint AS download_count",
        ("tests/insights/test_insights.py::test_days_that_have_passed_are_added_up_once",),
    ),
    Mutant(
        "pmd_service/sharing/visits.py",
        "FROM past WHERE subject = 'link' GROUP BY subject_id",
        "FROM past GROUP BY subject_id",
        ("tests/insights/test_insights.py::test_days_that_have_passed_are_added_up_once",),
    ),
    Mutant(
        "pmd_service/sharing/drawing.py",
        "if there[number] is sources[0]:",
        "if number == 0:",
        ("tests/sharing/test_watermark.py::test_picture_is_never_shown_without_its_watermark",),
    ),
    Mutant(
        "pmd_service/sharing/watermark.py",
        "if asset is None or asset.deleted_at is not None:",
        "if asset is None:",
        ("tests/sharing/test_watermark.py::test_watermark_that_cannot_be_drawn_is_refused",),
    ),
)
