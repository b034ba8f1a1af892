"""Logs (one structured line per event), metrics, and the request id that ties them together."""

import json
import logging
import sys
from datetime import UTC, datetime

import msgspec
import structlog
from prometheus_client import Counter, Gauge, Histogram
from structlog.typing import EventDict, FilteringBoundLogger, Processor

log: FilteringBoundLogger = structlog.get_logger()

HTTP_SECONDS = Histogram(
    "http_request_duration_seconds", "Time to the end of the answer", ["method", "route", "status"]
)
BDR_STATUS = Counter("bdr_status_total", "Batch download requests that entered a status", ["status"])
BDR_SECONDS = Histogram(
    "bdr_processing_duration_seconds",
    "Claim to ready",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600),
)
BDR_BYTES = Histogram("bdr_file_size_bytes", "Size of ready archives", buckets=[2**power for power in range(12, 33, 2)])
BDR_ARTWORKS = Histogram("bdr_artworks_count", "Artworks in ready archives", buckets=(1, 2, 4, 8, 16, 32, 64, 96, 128))
ENQUEUE_FAILURES = Counter("enqueue_failures_total", "Tickets that could not be put; the sweep will")
VAULT_FAULTS = Counter("vault_faults_total", "Calls of the vault that failed and may succeed later")
CONNECTIONS = Gauge("http_connections", "Open connections", multiprocess_mode="livesum")
SSE_SUBSCRIBERS = Gauge("sse_subscribers", "Open event streams", multiprocess_mode="livesum")
WORK_SECONDS = Histogram(
    "work_attempt_duration_seconds",
    "Claim to the end of an attempt, by how it ended",
    ["kind", "outcome"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
)
BREAKER_OPEN = Gauge(
    "breaker_open",
    "Dependencies that do not answer, as this process finds them",
    ["dependency"],
    multiprocess_mode="livemax",
)
UPKEEP_RUNS = Counter("upkeep_runs_total", "Passes of the upkeep's steps, by how they ended", ["step", "outcome"])
EMAIL_ENDS = ("sent", "failed", "unknown", "dropped", "off")
EMAILS = Counter("emails_total", "Messages, by what has become of them", ["outcome"])
SCRUBBED = Counter("scrub_files_total", "Library files that were compared with their SHA-256", ["result"])

# A counter that is born when something first goes wrong shows no increase by it.
for _outcome in EMAIL_ENDS:
    EMAILS.labels(_outcome)
for _status in ("pending", "processing", "ready", "failed", "expired", "cancelled"):
    BDR_STATUS.labels(_status)


def configure_logging(log_format: str) -> None:
    """Send our own events and the libraries' records to standard error, as JSON lines or for a console."""
    is_json = log_format == "json"
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        _stamp if is_json else structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # Locals hold keys, passwords and tokens: neither form shows them.
    renderer: list[Processor] = (
        [
            structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(serializer=_encode),
        ]
        if is_json
        else [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback), _to_bytes]
    )
    # A line through the standard library's logging costs three times as much as one written as it is.
    structlog.configure(
        processors=[*shared, _name_logger, *renderer],
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer, _to_text],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    quiet_libraries()


def request_id() -> str | None:
    """The id of the request that this is done for, in a server and, where it is known, in a worker."""
    found: str | None = structlog.contextvars.get_contextvars().get("request_id")
    return found


def quiet_libraries() -> None:
    """Leave out what libraries say about events that we tell ourselves; again after whoever sets up logging anew.

    The arq command line gives its own loggers a level and a handler, once it has imported the worker.
    """
    logging.getLogger("arq").handlers.clear()
    logging.getLogger("arq").setLevel(logging.NOTSET)
    for name in ("aiohttp.access", "arq.worker"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _stamp(_logger: object, _method: str, event: EventDict) -> EventDict:
    event["timestamp"] = datetime.now(UTC)  # to write it is the encoder's, which takes a fifth of the time
    return event


def _name_logger(_logger: object, _method: str, event: EventDict) -> EventDict:
    event["logger"] = "pmd"
    return event


def _encode(event: object, **_options: object) -> bytes:
    try:
        return msgspec.json.encode(event, enc_hook=repr)
    except UnicodeEncodeError:  # half a character, in a name that a stranger made
        return json.dumps(event, default=repr).encode()


def _to_bytes(_logger: object, _method: str, line: object) -> bytes:
    return str(line).encode(errors="backslashreplace")


def _to_text(_logger: object, _method: str, line: object) -> str:
    return line.decode() if isinstance(line, bytes) else str(line)
