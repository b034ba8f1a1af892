"""What the metric of work that failed for good has counted; alerts depend on it."""

from collections import Counter

from pmd_service.base.telemetry import WORK_FAILURES


def failures(kind: str) -> Counter[str]:
    """How many rows of a kind this process has counted, by what they need next."""
    (metric,) = WORK_FAILURES.collect()
    return Counter(
        {
            sample.labels["next_step"]: int(sample.value)
            for sample in metric.samples
            if sample.name.endswith("_total") and sample.labels["kind"] == kind
        }
    )
