"""Faults of links and the pages behind them."""

from .mutant import Mutant, tests_of

_LINKS = "pmd_service/sharing/links.py"
_ROUTES = "pmd_service/sharing/routes.py"
_VIEWS = "pmd_service/sharing/views.py"
_PASSWORDS = "pmd_service/sharing/passwords.py"
_PAGES = "pmd_service/sharing/pages.py"
_TRIES = "pmd_service/sharing/tries.py"
_PEERS = "pmd_service/http/addresses.py"
_test = tests_of("tests/sharing/test_links.py")
_try = tests_of("tests/sharing/test_tries.py")
_OVER = _test("a_link_that_is_withdrawn_or_over_shows_nothing_on_any_server")
_PASSWORD = _test("a_password_opens_every_part_and_its_key_is_in_no_address")
_KEY = _try("a_key_ends_and_is_for_one_link_and_one_password")
_NOT_IN_IT = _test("what_is_not_in_the_edition_is_not_behind_the_link")
_STRIPS = _test("sounds_of_an_edition_whose_copies_were_not_recorded_are_not_played_as_they_are")
_COPIES = ("tests/sharing/test_sounds.py::test_a_stranger_hears_the_copies_without_metadata_with_ranges_and_head",)
_OFF = _test("a_site_without_sharing_has_no_links_and_shows_none")
_NOT_THEIRS = _test("nobody_shares_or_withdraws_what_is_not_theirs")
_STANDING = _test("the_links_of_who_is_banned_or_gone_lead_nowhere")
_WITHDRAWN = _test("of_withdrawn_links_the_newest_are_kept")
_NO_SENSE = _test("what_makes_no_sense_makes_no_link")
_SEARCHED = _test("only_what_is_public_may_be_found_by_search_engines")
_KEPT = _test("a_download_is_shared_as_long_as_it_is_kept")
_SEES = _test("a_stranger_with_a_link_sees_the_pack_and_takes_it_home[files]")
_GUESSES = _try("who_guesses_a_password_comes_to_an_end_and_keeps_nobody_else_out")
_COUNTED = _try("tries_are_counted_by_link_and_address_and_by_link_and_come_back")
_ADDRESS = _try("an_address_is_the_peers_or_what_a_proxy_beside_us_says")
_ONE_COUNTS = ("tests/test_counting.py::test_who_counts_waits_for_who_is_counting[links]",)
_FORMS = _try("forms_that_are_none_say_no_password")

MUTANTS = (
    Mutant(_LINKS, "withdrawn_at IS NULL AND (expires", "(expires", _OVER),
    Mutant(_LINKS, "(expires_at IS NULL OR expires_at > now())", "true", _OVER),
    Mutant(_LINKS, "WHERE users.id = user_id AND {IN_GOOD_STANDING})", "WHERE users.id = user_id)", _STANDING),
    Mutant(_LINKS, "AND withdrawn_at IS NOT NULL ORDER BY id DESC", "ORDER BY id DESC", _WITHDRAWN),
    Mutant(_LINKS, "for link in links) >= MAX_LINKS", "for link in links) > MAX_LINKS", _WITHDRAWN),
    Mutant(_LINKS, 'await lock(connection, "link", actor.subject.id)', "pass", _ONE_COUNTS),
    Mutant(_LINKS, "id = $1 AND {target.column} = $2", "id = $1 AND ({target.column} = $2 OR true)", _NOT_THEIRS),
    Mutant(_LINKS, "not EPOCH < body.expires_at <= LAST", "False", _NO_SENSE),
    Mutant(_LINKS, 'if settings.sharing == "off":', "if False:", _OFF),
    Mutant(_LINKS, "    check_reason(actor, body.reason, is_required=True)\n", "", _NOT_THEIRS),
    Mutant(_LINKS, "FROM pack WHERE id = $1 AND user_id = $2", "FROM pack WHERE id = $1 AND $2 > 0", _NOT_THEIRS),
    Mutant(_ROUTES, 'or request.app[SETTINGS].sharing == "off"', "", _OFF),
    Mutant(_ROUTES, "if shared.password is not None and _key_of(", "if False and _key_of(", _PASSWORD),
    Mutant(_VIEWS, 'shown.marks == "keep" or shown.sounds is not None', "True", _STRIPS),
    Mutant(_VIEWS, "or (copy := shown.sounds.get(str(asset_id))) is None", "or (copy := None) is None", _COPIES),
    Mutant(_VIEWS, "or asset_id not in shown.asset_ids or", "or", _NOT_IN_IT),
    Mutant(_VIEWS, "AND user_id = $2 AND type = 'audio'", "AND user_id = $2", _NOT_IN_IT),
    Mutant(_ROUTES, "if request.method == hdrs.METH_GET:", "if True:", _SEES),
    Mutant(
        _ROUTES,
        "ORDER BY edition DESC LIMIT 1",
        "ORDER BY edition LIMIT 1",
        _test("editions_have_a_version_and_say_what_is_new"),
    ),
    Mutant(_ROUTES, "if is_full_download(request, stored.etag):", "if True:", _SEES),
    Mutant(_ROUTES, "async with turn_of(request):\n        cover", "if True:\n        cover", _SEES),
    Mutant(
        "pmd_service/identity/session.py",
        "connections.assign(request.protocol, *dict.fromkeys((reader, user)))",
        "pass",
        _try("strangers_connections_leave_room_for_users_and_for_strangers_elsewhere"),
    ),
    Mutant(_VIEWS, "is_in_it = shown is not None and asset_id in shown.asset_ids", "is_in_it = True", _NOT_IN_IT),
    Mutant(_VIEWS, "if has_sounds else []", "", _STRIPS),
    Mutant(
        _VIEWS,
        "ORDER BY place LIMIT {MAX_PICTURES}",
        "ORDER BY place",
        _test("the_page_of_the_largest_pack_stays_small"),
    ),
    Mutant(_PASSWORDS, "and not has_expired", "", _KEY),
    Mutant(_PASSWORDS, 'f"{code} {until}".encode()', 'f"{until}".encode()', _KEY),
    Mutant(_PASSWORDS, "hmac.digest(kept.encode(),", 'hmac.digest(b"pmd",', _KEY),
    Mutant(_TRIES, "self._taken[code, network] >= MAX_PER_NETWORK or ", "", _GUESSES),
    Mutant(_TRIES, " or self._taken[code,] >= MAX_PER_LINK", "", _COUNTED),
    Mutant(_TRIES, "        TRIES.release(code, network)\n", "", _GUESSES),
    Mutant(_PEERS, "if address.is_private if proxies is None", "if True if proxies is None", _ADDRESS),
    Mutant(_PEERS, '.rpartition(",")[2]', '.partition(",")[0]', _ADDRESS),
    Mutant(_TRIES, ", most=FORM_BYTES", "", _FORMS),
    Mutant(_PAGES, "HEADERS if is_public else", "HEADERS if True else", _SEARCHED),
    Mutant(_VIEWS, "bdr.expires_at > now()", "true", _KEPT),
    Mutant(_PAGES, "autoescape=True", "autoescape=False", _SEES),
)
