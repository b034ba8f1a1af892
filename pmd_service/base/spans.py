"""OpenTelemetry traces, where a collector is set (``OTEL_EXPORTER_OTLP_ENDPOINT``) and the extra “otel” is installed.

A request's id identifies its trace: every process that does something for the request adds spans to the same trace, and
nothing but the id has to be passed along. Without a collector nothing is imported, and a span costs a comparison.

In a thread: the exporter, which joins a thread of its own.
"""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from hashlib import sha256
from typing import Any

from .telemetry import log, request_id

ADDRESSES = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
# How long the end of a process waits for a collector that does not answer.
FLUSH_SECONDS = 2.0

_tracer: Any = None


@asynccontextmanager
async def collected(process: str) -> AsyncIterator[None]:
    """Send this process's spans to the collector, if there is one, until the block ends."""
    global _tracer  # noqa: PLW0603 - one a process, as its log
    before = _tracer
    provider = _provider(process) if any(map(os.environ.get, ADDRESSES)) else None
    if provider is not None:
        _tracer = provider.get_tracer("pmd_service")
    try:
        yield
    finally:
        _tracer = before
        if provider is not None:
            # In a daemon thread: the exporter itself retries for longer than a process may take to end.
            ending = threading.Thread(target=provider.shutdown, daemon=True)
            ending.start()
            await asyncio.to_thread(ending.join, FLUSH_SECONDS)


def _provider(process: str) -> Any:
    """What sends spans; None, and a line in the log, where the extra is missing."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ModuleNotFoundError as error:
        log.error("traces_not_sent", message=f"{error.name} is missing: pip install 'pmd-service[otel]'")
        return None
    named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": process}
    provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def span(name: str, **attributes: str | int) -> AbstractContextManager[Any]:
    """Something that is done for a request, as a span of the request's trace, with the exception that ends it."""
    return _NO_SPAN if _tracer is None else _span(name, attributes)


_NO_SPAN = nullcontext()


@contextmanager
def _span(name: str, attributes: dict[str, str | int]) -> Iterator[Any]:
    for_request = request_id()
    if for_request:
        attributes["request.id"] = for_request
    with _tracer.start_as_current_span(name, context=_context_of(for_request), attributes=attributes) as current:
        yield current


def _context_of(for_request: str | None) -> Any:
    """None within a span, which is the parent then; else the request's trace, or None for a new one."""
    from opentelemetry import trace  # noqa: PLC0415 - an extra

    if for_request is None or trace.get_current_span().get_span_context().is_valid:
        return None
    digest = sha256(for_request.encode(errors="replace")).digest()
    root = trace.SpanContext(
        trace_id=int.from_bytes(digest[:16]) or 1,
        span_id=int.from_bytes(digest[16:24]) or 1,
        is_remote=True,
        trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
    )
    return trace.set_span_in_context(trace.NonRecordingSpan(root))
