"""The mails of the outbox: never twice, and never silently not at all."""

from .mutant import Mutant, tests_of

_SENDER = "pmd_service/outbox/sender.py"
_MAILER = "pmd_service/outbox/mailer.py"
_mail = tests_of("tests/downloads/test_mail.py")
_SILENCE = _mail("a_silence_after_the_message_is_unknown_and_never_again")
_KILLED = _mail("a_worker_killed_while_sending_leaves_it_unknown")
_LATER = _mail("a_server_that_says_later_is_tried_again_and_delivered_once")
_HOURS = _mail("a_server_that_says_later_for_hours_is_given_up")
_REFUSED = _mail("a_refused_message_is_not_tried_again")
_FORGOTTEN = _mail("messages_of_long_ago_are_forgotten_and_no_others")
_WEBHOOK = "pmd_service/outbox/webhook.py"
_ANSWERS = ("tests/outbox/test_webhook.py::test_what_the_site_answers_decides",)

MUTANTS = (
    Mutant(_SENDER, '"unknown", repr(error)', '"sent", repr(error)', _SILENCE),
    Mutant(_SENDER, "SET status = 'unknown', settled_at", "SET status = 'due', settled_at", _KILLED),
    Mutant(_SENDER, "sending_at < now() - make_interval(secs => $1)", "$1::float8 > 0", _KILLED),
    Mutant(
        _SENDER,
        "await _mark_sending(worker.pool, claimed)",
        "pass",
        _mail("a_mail_is_not_claimed_again_while_its_message_is_sent"),
    ),
    Mutant(_SENDER, "await pool.execute(_NOT_TAKEN, claimed.row.id)", "pass", _LATER),
    Mutant(_SENDER, "MAX_RETRIES = 24", "MAX_RETRIES = 25", _HOURS),
    Mutant(_SENDER, "if message is None:", "if False:", _mail("what_is_no_news_any_more_is_dropped")),
    Mutant(_SENDER, "settled_at < now() - make_interval", "settled_at < now() + make_interval", _FORGOTTEN),
    Mutant(_SENDER, "KEEP_DAYS = 14", "KEEP_DAYS = 16", _FORGOTTEN),
    Mutant(
        _SENDER,
        ", timeout=DATA_SECONDS)",
        ")",
        _mail("a_server_may_look_at_a_message_for_longer_than_it_may_be_silent_else"),
    ),
    Mutant(_MAILER, "and error.code >= 500", "", _LATER),
    Mutant(_MAILER, "| aiosmtplib.SMTPRecipientRefused ", "", _REFUSED),
    Mutant(
        _MAILER,
        'True if parse_qs(parts.query).get("starttls") == ["1"] else None',
        "None",
        _mail("what_is_to_be_encrypted_is_not_sent_in_the_clear"),
    ),
    Mutant(_WEBHOOK, "status < HTTPStatus.MULTIPLE_CHOICES", "status <= HTTPStatus.MULTIPLE_CHOICES", _ANSWERS),
    Mutant(_WEBHOOK, "allow_redirects=False", "allow_redirects=True", _ANSWERS),
    Mutant(
        "pmd_service/outbox/message.py", "and text.isascii()", "", _mail("no_address_or_a_forged_one_gets_no_message")
    ),
    Mutant(
        _WEBHOOK,
        'repr(error), is_late=owner["is_late"]',
        "repr(error), is_late=False",
        ("tests/outbox/test_webhook.py::test_a_site_that_says_nothing_is_given_up_as_well",),
    ),
    Mutant(
        _WEBHOOK,
        "in_order=True",
        "in_order=False",
        ("tests/outbox/test_webhook.py::test_nothing_of_a_user_overtakes_what_the_site_has_not_taken",),
    ),
    Mutant(_WEBHOOK, "timedelta(days=1)", "timedelta(minutes=1)", _ANSWERS),
    Mutant(
        _WEBHOOK,
        "(at, body), hashlib",
        "(0, body), hashlib",
        ("tests/outbox/test_webhook.py::test_a_change_is_told_once_and_its_signature_holds",),
    ),
)
