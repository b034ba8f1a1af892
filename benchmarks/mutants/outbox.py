"""The mails of the outbox: never twice, and never silently not at all."""

from .mutant import Mutant, tests_of

_SENDER = "pmd_service/outbox/sender.py"
_MAILER = "pmd_service/outbox/mailer.py"
_mail = tests_of("tests/downloads/test_mail.py")
_SILENCE = _mail("silence_after_the_message_is_unknown_and_not_retried")
_KILLED = _mail("worker_killed_while_sending_leaves_the_mail_unknown")
_LATER = _mail("mail_is_retried_after_a_4xx_reply_and_sent_once")
_HOURS = _mail("mail_fails_after_hours_of_4xx_replies")
_REFUSED = _mail("refused_mail_is_not_retried")
_FORGOTTEN = _mail("old_settled_mails_are_deleted")
_WEBHOOK = "pmd_service/outbox/webhook.py"
_ANSWERS = ("tests/outbox/test_webhook.py::test_webhook_status_decides_between_sent_retry_and_dropped",)

MUTANTS = (
    Mutant(_SENDER, '"unknown", repr(error)', '"sent", repr(error)', _SILENCE),
    Mutant(_SENDER, "SET status = 'unknown', settled_at", "SET status = 'due', settled_at", _KILLED),
    Mutant(_SENDER, "sending_at < now() - make_interval(secs => $1)", "$1::float8 > 0", _KILLED),
    Mutant(
        _SENDER,
        "await _mark_sending(worker.pool, claimed)",
        "pass",
        _mail("mail_being_sent_is_not_claimed_again"),
    ),
    Mutant(_SENDER, "await pool.execute(_NOT_TAKEN, claimed.row.id)", "pass", _LATER),
    Mutant(_SENDER, "MAX_RETRIES = 24", "MAX_RETRIES = 25", _HOURS),
    Mutant(_SENDER, "if message is None:", "if False:", _mail("outdated_mail_is_dropped")),
    Mutant(_SENDER, "settled_at < now() - make_interval", "settled_at < now() + make_interval", _FORGOTTEN),
    Mutant(_SENDER, "KEEP_DAYS = 14", "KEEP_DAYS = 16", _FORGOTTEN),
    Mutant(
        _SENDER,
        ", timeout=DATA_SECONDS)",
        ")",
        _mail("server_may_take_ten_minutes_to_confirm_a_mail"),
    ),
    Mutant(_MAILER, "and error.code >= 500", "", _LATER),
    Mutant(_MAILER, "| aiosmtplib.SMTPRecipientRefused ", "", _REFUSED),
    Mutant(
        _MAILER,
        'True if parse_qs(parts.query).get("starttls") == ["1"] else None',
        "None",
        _mail("mail_is_not_sent_without_starttls"),
    ),
    Mutant(_WEBHOOK, "status < HTTPStatus.MULTIPLE_CHOICES", "status <= HTTPStatus.MULTIPLE_CHOICES", _ANSWERS),
    Mutant("pmd_service/outbox/post.py", "allow_redirects=False", "allow_redirects=True", _ANSWERS),
    Mutant("pmd_service/outbox/message.py", "and text.isascii()", "", _mail("missing_or_forged_address_gets_no_mail")),
    Mutant(
        _WEBHOOK,
        'repr(error), is_late=owner["is_late"]',
        "repr(error), is_late=False",
        ("tests/outbox/test_webhook.py::test_webhook_to_a_silent_site_fails_after_a_day",),
    ),
    Mutant(
        _WEBHOOK,
        "in_order=True",
        "in_order=False",
        ("tests/outbox/test_webhook.py::test_webhooks_of_a_user_keep_their_order",),
    ),
    Mutant(_WEBHOOK, "timedelta(days=1)", "timedelta(minutes=1)", _ANSWERS),
    Mutant(
        _WEBHOOK,
        "(at, body), hashlib",
        "(0, body), hashlib",
        ("tests/outbox/test_webhook.py::test_webhook_is_sent_once_with_a_valid_signature",),
    ),
    Mutant(
        "pmd_service/outbox/webhook.py",
        "error_message = NULL, settled_at = NULL, created_at = now()\n",
        "error_message = NULL, settled_at = NULL\n",
        ("tests/outbox/test_webhook.py::test_webhook_fails_after_a_day_and_the_next_is_sent",),
    ),
)
