"""Tokens, and whether a write comes from our own pages."""

from .mutant import Mutant, tests_of

_TOKENS = "pmd_service/identity/tokens.py"
_ORIGIN = "pmd_service/identity/session.py"
_SESSION = "pmd_service/identity/session.py"
_ACCOUNT = "pmd_service/identity/account.py"
_USERS = "pmd_service/identity/users.py"
_LOOKUP = "pmd_service/identity/lookup.py"
_STALLED = ("tests/identity/test_lookup.py::test_when_postgres_hangs_all_waiting_callers_fail_at_once",)
_TOKEN_TESTS = ("tests/identity/test_tokens.py",)
_CSRF = ("tests/test_rules.py::test_cookie_writes_need_a_same_origin_page",)
_OWNER = ("tests/test_rules.py::test_only_the_owner_acts_for_the_owner",)
_BAN = ("tests/identity/test_lookup.py::test_a_ban_and_a_deactivation_count_at_the_next_request",)
_JWKS = "pmd_service/identity/jwks.py"
_jwks = tests_of("tests/identity/test_jwks.py")
_EVERY_CALL = ("tests/test_rules.py::test_every_route_accepts_its_owner_by_header_and_cookie",)
_A_YEAR = ("tests/identity/test_session.py::test_a_token_without_an_end_in_sight_makes_a_cookie_of_a_year",)
_COOKIE = ("tests/identity/test_session.py::test_a_token_becomes_a_cookie_until_its_end_and_is_forgotten",)
_NAMED = ("tests/identity/test_session.py::test_a_cross_site_page_cannot_act_with_the_users_session",)
_GONE = ("tests/identity/test_lookup.py::test_a_cancelled_lookup_cancels_no_other",)
_OTHER_ID = ("tests/identity/test_lookup.py::test_a_public_id_of_the_site_replaces_the_derived_one",)
_UNKNOWN_KEY = _jwks("unknown_key_ids_fetch_the_jwks_no_more_often_than_allowed")
_KEYS_AWAY = _jwks("while_the_jwks_url_fails_known_keys_work_and_new_ones_retry")


MUTANTS = (
    Mutant(_TOKENS, "issuer=self._issuer,", "", _TOKEN_TESTS),
    Mutant(_TOKENS, "self._issuer = settings.jwt_issuer", "self._issuer = None", _TOKEN_TESTS),
    Mutant(_TOKENS, '"verify_aud": self._audience is not None', '"verify_aud": False', _TOKEN_TESTS),
    Mutant(_TOKENS, '"verify_aud": self._audience is not None', '"verify_aud": True', _TOKEN_TESTS),
    Mutant(_TOKENS, "LEEWAY_SECONDS = 30", "LEEWAY_SECONDS = 20", _TOKEN_TESTS),
    Mutant(_TOKENS, "LEEWAY_SECONDS = 30", "LEEWAY_SECONDS = 40", _TOKEN_TESTS),
    Mutant(_TOKENS, "<= now < self.exp", "<= now < self.exp + LEEWAY_SECONDS", _TOKEN_TESTS),
    Mutant(_TOKENS, "max(self.nbf, self.iat)", "self.nbf", _TOKEN_TESTS),
    Mutant(_TOKENS, "max(self.nbf, self.iat)", "self.iat", _TOKEN_TESTS),
    Mutant(_TOKENS, "return claims if claims.hold_at(time.time()) else None", "return claims", _TOKEN_TESTS),
    Mutant(_TOKENS, "algorithms=[self._algorithm]", 'algorithms=["HS256", "HS512"]', _TOKEN_TESTS),
    Mutant(_TOKENS, '"require": ["exp", "sub"],', '"verify_signature": False,', _TOKEN_TESTS),
    Mutant(
        _TOKENS,
        '"require": ["exp", "sub"],',
        "",
        _TOKEN_TESTS,
        equivalent="Claims has no default for either, so that a token without one is refused all the same",
    ),
    Mutant(_TOKENS, "if len(token) > MAX_TOKEN:", "if False:", _TOKEN_TESTS),
    Mutant(_TOKENS, "if 1 <= len(decoded.sub) <= MAX_SUBJECT", "if decoded.sub", _TOKEN_TESTS),
    Mutant(_TOKENS, "len(self._remembered) > REMEMBERED_TOKENS", "False", _TOKEN_TESTS),
    Mutant(_ORIGIN, "all(signs)", "any(signs)", _CSRF),
    Mutant(_ORIGIN, "bool(signs) and all(signs)", "all(signs)", _CSRF),
    Mutant(_ORIGIN, 'site == "same-origin"', 'site != "cross-site"', _CSRF),
    Mutant(_ORIGIN, 'f"{request.scheme}://{request.host}"', "origin", _CSRF),
    Mutant(_ORIGIN, "str(URL(url).origin())", "url", ("tests/identity/test_origin.py",)),
    Mutant(_SESSION, "if signature.from_cookie and request.method", "if request.method", _EVERY_CALL),
    Mutant(_SESSION, "subject.is_owner and not viewer.is_owner", "False", _OWNER),
    Mutant(_USERS, "NOT deactivated AND (", "(", _BAN),
    Mutant(_USERS, "banned_until <= now()", "banned_until > now()", _BAN),
    Mutant(_ACCOUNT, "365 * 24 * 3600", "365 * 24 * 60", _A_YEAR),
    Mutant(_ACCOUNT, '"httponly": True', '"httponly": False', _COOKIE),
    Mutant(_SESSION, "if named is not None and named != viewer.sqid:", "if False:", _NAMED),
    Mutant(_LOOKUP, " if not waiter.done()]", "]", _GONE),
    Mutant(_LOOKUP, "failed += _not_cancelled(self._waiting.values())", "pass", _STALLED),
    Mutant(_LOOKUP, "self._waiting.clear()", "pass", _STALLED),
    Mutant(_JWKS, "if time.monotonic() < self._next_at:", "if False:", _UNKNOWN_KEY),
    Mutant(_JWKS, "return self._failures > 0", "return False", _KEYS_AWAY),
    Mutant(_JWKS, 'named.use == "sig" and ', "", _jwks("keys_that_are_meant_for_something_else_sign_nothing")),
    Mutant(_JWKS, "allow_redirects=False", "allow_redirects=True", _KEYS_AWAY),
    Mutant(_JWKS, "if len(body) > MAX_BYTES:", "if False:", _KEYS_AWAY),
    Mutant(
        _USERS, "(public_sqid = $1 OR (id = $2 AND public_sqid IS NULL))", "(public_sqid = $1 OR id = $2)", _OTHER_ID
    ),
    Mutant(
        _USERS,
        "(public_sqid = ANY($1) OR (id = ANY($2) AND public_sqid IS NULL))",
        "(public_sqid = ANY($1) OR id = ANY($2))",
        _OTHER_ID,
        equivalent="each is found by the public id that they have, and so by no other one",
    ),
    Mutant(
        "pmd_service/identity/audit.py",
        " AND created_at > now() - interval '{_ONE_LOOK}')",
        ")",
        ("tests/identity/test_audit.py::test_a_moderators_reading_is_audited_once_an_hour",),
    ),
    Mutant(
        _TOKENS,
        "self._remembered.clear()",
        "pass",
        _jwks("a_withdrawn_key_and_the_tokens_it_signed_are_refused"),
    ),
    Mutant(
        "pmd_service/identity/sessions/queries.py",
        "WHERE digest = $1 AND ended_at IS NULL",
        "WHERE digest = $1",
        ("tests/identity/test_browsers.py::test_a_browser_that_is_signed_out_is_refused_everywhere",),
    ),
    Mutant(
        "pmd_service/identity/keys/queries.py",
        '_COUNT = f"SELECT count(*) FROM access_key WHERE user_id = $1 AND {_IS_VALID}"',
        '_COUNT = "SELECT count(*) FROM access_key WHERE user_id = $1"',
        ("tests/identity/test_keys.py::test_a_key_that_cannot_be_is_refused_with_its_place",),
    ),
    Mutant(
        "pmd_service/identity/lookup.py",
        "for token in of_tokens if token.credential not in ended}",
        "for token in of_tokens}",
        ("tests/identity/test_lookup.py::test_a_signed_out_browser_is_nobody_beside_others_too",),
    ),
    Mutant(
        "pmd_service/identity/sessions/queries.py",
        "SET browser = excluded.browser, address = excluded.address,",
        "SET browser = excluded.browser,",
        ("tests/identity/test_browsers.py::test_signed_in_browsers_are_listed_and_this_one_is_marked",),
    ),
)
