"""The exit codes of ``pmd``; 2 is click's own, for wrong usage."""

OK, FAILED, NOT_SIGNED_IN, PARTLY_FAILED, UNREACHABLE, INTERRUPTED = 0, 1, 3, 4, 5, 130
