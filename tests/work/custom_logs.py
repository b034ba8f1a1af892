"""A logging configuration for ``arq --custom-log-dict``."""

LOGS = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"own": {"format": "OWN %(name)s %(message)s"}},
    "handlers": {"own": {"class": "logging.StreamHandler", "formatter": "own"}},
    "loggers": {"arq": {"handlers": ["own"], "level": "INFO"}},
}
