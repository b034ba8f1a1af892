"""Logs (one structured line per event), metrics, and the request id that ties them together."""

import logging
import sys

import structlog
from prometheus_client import Counter, Gauge, Histogram
from structlog.typing import Processor

log = structlog.stdlib.get_logger("pmd")

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
ENQUEUE_FAILURES = Counter("enqueue_failures_total", "Jobs that could not be enqueued; the sweep will")
SSE_SUBSCRIBERS = Gauge("sse_subscribers", "Open event streams")
QUEUE_DEPTH = Gauge("queue_depth", "Jobs waiting in Redis", ["queue"])
WORK_SECONDS = Histogram(
    "work_attempt_duration_seconds",
    "Claim to the end of an attempt",
    ["kind"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
)
BDR_UNFINISHED = Gauge("bdr_unfinished", "Requests that are pending or processing")
BDR_OLDEST_SECONDS = Gauge("bdr_oldest_unfinished_seconds", "Age of the oldest request that is pending or processing")


def configure_logging(log_format: str) -> None:
    """Send structlog's and the libraries' records to standard error as JSON lines or for a console."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: list[Processor] = (
        [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
        if log_format == "json"
        else [structlog.dev.ConsoleRenderer()]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    # Their lines repeat ours, one event each.
    for name in ("aiohttp.access", "arq.worker"):
        logging.getLogger(name).setLevel(logging.WARNING)
