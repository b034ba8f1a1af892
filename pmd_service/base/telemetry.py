"""Logs (one structured line per event), metrics, and the request id that ties them together."""

import json
import logging
import sys
from datetime import UTC, datetime

import msgspec
import structlog
from prometheus_client import Counter, Gauge, Histogram
from structlog.contextvars import merge_contextvars
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, FilteringBoundLogger

log: FilteringBoundLogger = structlog.get_logger()
# The standard library's levels have filtered these already.
_of_libraries = structlog.wrap_logger(None, wrapper_class=structlog.make_filtering_bound_logger(logging.NOTSET))
_OF_ARQS_COMMAND = "arq.standard"  # the handler's name in arq/logs.py

HTTP_SECONDS = Histogram(
    "pmd_http_request_duration_seconds", "Time until the response has been sent", ["method", "route", "status"]
)
BDR_STATUS = Counter("bdr_status_total", "Batch download requests that entered a status", ["status"])
BDR_SECONDS = Histogram(
    "bdr_processing_duration_seconds",
    "Time from the claim until the archive is ready",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600),
)
BDR_BYTES = Histogram("bdr_file_size_bytes", "Size of ready archives", buckets=[2**power for power in range(12, 33, 2)])
BDR_ARTWORKS = Histogram("bdr_artworks_count", "Artworks in ready archives", buckets=(1, 2, 4, 8, 16, 32, 64, 96, 128))
ENQUEUE_FAILURES = Counter(
    "pmd_enqueue_failures_total", "Tickets that could not be enqueued; the sweep enqueues them later"
)
VAULT_FAULTS = Counter("pmd_vault_faults_total", "Vault calls that failed and may succeed later")
IN_FLIGHT = Gauge("pmd_http_requests_in_flight", "Requests that are being answered", multiprocess_mode="livesum")
SSE_SUBSCRIBERS = Gauge("pmd_sse_subscribers", "Open event streams", multiprocess_mode="livesum")
WORK_SECONDS = Histogram(
    "pmd_work_attempt_duration_seconds",
    "Time from the claim to the end of an attempt, by outcome",
    ["kind", "outcome"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
)
WORK_FAILURES = Counter(
    "pmd_work_failures_total", "Rows that failed for good, by what they need next", ["kind", "next_step"]
)
BREAKER_OPEN = Gauge(
    "pmd_breaker_open",
    "Whether a dependency is unavailable, as seen by this process",
    ["dependency"],
    multiprocess_mode="livemax",
)
UPKEEP_RUNS = Counter("pmd_upkeep_runs_total", "Runs of upkeep steps, by outcome", ["step", "outcome"])
EMAIL_ENDS = ("sent", "failed", "unknown", "dropped", "off")
EMAILS = Counter("pmd_emails_total", "Emails, by outcome", ["outcome"])
SCRUBBED = Counter("pmd_scrub_files_total", "Library files whose SHA-256 was verified, by result", ["result"])
SCRUBBED_BYTES = Counter("pmd_scrub_read_bytes_total", "Size of the library files that were verified")

# Initialize all labels: a counter that first appears with its first event shows no increase.
for _outcome in EMAIL_ENDS:
    EMAILS.labels(_outcome)
for _status in ("pending", "processing", "ready", "failed", "expired", "cancelled"):
    BDR_STATUS.labels(_status)


def configure_logging(log_format: str) -> None:
    """Write our own events and the libraries' records to standard error: as JSON lines, or for a console."""
    structlog.configure(
        processors=[_to_json] if log_format == "json" else [_annotate, _format_time, _console, _to_bytes],
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[_ToStructlog()], level=logging.INFO, force=True)
    for name in ("aiohttp.access", "aiobotocore", "botocore"):  # what they report is ours to log or to print
        logging.getLogger(name).setLevel(logging.WARNING)


def request_id() -> str | None:
    """The id of the HTTP request being served, or, in a worker, of the one that created the row."""
    found: str | None = structlog.contextvars.get_contextvars().get("request_id")
    return found


def adopt_logging_of_arq() -> None:
    """Take over arq's records in a worker, unless ``--custom-log-dict`` configures them.

    Call it when the worker begins: arq's command line configures its loggers after it has imported the settings. Its
    ``-v`` turns debug output on; without, arq's events of jobs are left out, as we log our own.
    """
    arq = logging.getLogger("arq")
    is_ours = any(isinstance(handler, _ToStructlog) for handler in logging.root.handlers)
    is_custom = not is_ours or any(handler.name != _OF_ARQS_COMMAND for handler in arq.handlers)
    if not (is_custom and arq.handlers):
        arq.propagate = True
    if is_custom:
        return
    is_verbose = arq.level == logging.DEBUG
    arq.handlers.clear()
    arq.setLevel(logging.DEBUG if is_verbose else logging.NOTSET)
    logging.getLogger("arq.worker").setLevel(logging.NOTSET if is_verbose else logging.WARNING)


class _ToStructlog(logging.Handler):
    """Passes the records of the standard library's logging on to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            level = record.levelno // 10 * 10  # structlog knows the standard levels only
            exception = {"exc_info": record.exc_info} if record.exc_info else {}
            _of_libraries.log(level, record.getMessage(), logger=record.name, **exception)
        except Exception:
            self.handleError(record)


def _annotate(logger: object, level: str, event: EventDict) -> EventDict:
    event = merge_contextvars(logger, level, event)
    event["level"] = level
    event["timestamp"] = datetime.now(UTC)
    event.setdefault("logger", "pmd")
    return event


def _format_time(_logger: object, _level: str, event: EventDict) -> EventDict:
    event["timestamp"] = event["timestamp"].isoformat()
    return event


# Locals contain keys, passwords and tokens: neither format shows them.
_console = structlog.dev.ConsoleRenderer(
    colors=sys.stderr is not None and sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
)
_exceptions = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))


def _to_json(logger: object, level: str, event: EventDict) -> bytes:
    """One processor instead of four: every request logs a line, and the calls cost as much as their work."""
    event = _annotate(logger, level, event)
    if "exc_info" in event:
        event = _exceptions(logger, level, event)
    try:
        return msgspec.json.encode(event, enc_hook=repr)
    except UnicodeEncodeError:  # half a surrogate pair, in a name from a client
        return json.dumps(event, default=repr).encode()


def _to_bytes(_logger: object, _level: str, line: object) -> bytes:
    return str(line).encode(errors="backslashreplace")
