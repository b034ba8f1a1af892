"""The files of libraries: rows, reports and lineage, quotas, and the disk's ledger."""
