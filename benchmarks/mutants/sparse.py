"""Sparse archives: what they refer to, what is known of it, what keeps it, and what never leaves."""

from .mutant import Mutant

_SPARSE = "pmd_service/archive/sparse.py"
_ENTRIES = "pmd_service/archive/entries.py"
_WRITER = "pmd_service/archive/writer.py"
_REFERENCES = "pmd_service/archive/references.py"
_SUMS = "pmd_service/archive/sums.py"
_RESPONSE = "pmd_service/archive/response.py"
_STREAM = "pmd_service/vault/local_stream.py"
_STORE_STREAM = "pmd_service/vault/object_stream.py"
_LINKS = "pmd_service/vault/local_links.py"
_LOCAL = "pmd_service/vault/local.py"
_S3 = "pmd_service/vault/objects.py"
_LEFTOVERS = "pmd_service/vault/leftovers.py"
_BUILD = "pmd_service/downloads/build.py"
_MANIFEST = "pmd_service/downloads/manifest.py"
_TAKEOUTS = "pmd_service/downloads/takeouts/queries.py"
_LIFECYCLE = "pmd_service/downloads/lifecycle.py"
_EXPIRY = "pmd_service/downloads/expiry.py"
_VERIFIED = "pmd_service/packs/verified.py"
_EXPORT = "pmd_service/packs/export.py"


def _archive(file: str, test: str) -> tuple[str]:
    return (f"tests/archive/test_{file}.py::test_{test}",)


def _download(file: str, test: str) -> tuple[str]:
    return (f"tests/downloads/test_{file}.py::test_{test}",)


_RANGES = _archive("sparse", "any_range_equals_that_part_of_the_whole")
_BEGINS = _archive("sparse", "response_starts_before_all_small_files_are_read")
_NO_ARCHIVE = _archive("sparse", "malformed_sparse_archive_is_recognized")
_LARGE_INDEX = _archive("sparse", "index_larger_than_the_first_read_is_read_completely")
_SMALL = _archive("sparse", "sparse_archive_stores_at_most_200_bytes_per_artwork")
_ZIP64 = _archive("readers", "zip64_for_more_than_4_gib")
_OTHER_BYTES = _archive("writer", "bytes_that_differ_from_their_checksum_are_an_error")
_BEHIND = _archive("writer", "error_in_the_deflating_thread_is_raised_later")
_MEANWHILE = _archive("writer", "document_is_read_while_its_last_bytes_are_deflated")
_MANY_COMMENTS = _download("documents", "streamed_comments_are_indented_json")
_ANEW = _archive("sums", "checksum_of_a_changed_object_is_recomputed")
_NAMED = _archive("sums", "library_file_is_verified_by_the_same_read[files]")
_FORGOTTEN = _archive("sums", "checksum_of_a_removed_object_is_deleted[files]")
_BUILT_ANEW = _download("changed_sources", "changed_artwork_answers_410_and_is_rebuilt")
_MISSING = _download("changed_sources", "deleted_artwork_without_link_is_missing_in_the_rebuild[s3]")
_CUT = _download("changed_sources", "artwork_changed_during_a_response_cuts_it")
_GONE = ("tests/vault/test_local.py::test_a_source_missing_or_changed_when_linked_is_an_error",)
_DELETED = _download("changed_sources", "deleted_or_replaced_artwork_is_delivered_as_it_was")
_LINKED = _download("unreadable_artworks", "files_changed_before_linking_are_missing")
_NO_LINKS = _download("changed_sources", "originals_are_referenced_where_hard_links_are_impossible")
_LINKS_GO = _download("links", "hard_links_are_removed_with_a_removed_archive")
_NO_OBJECTS = _download("links", "hard_links_are_not_listed_as_objects")
_PURGED = _download("archive_references", "purged_file_is_delivered_until_its_last_archive_is_removed")
_WRITING = _download("archive_references", "file_purged_during_a_build_is_missing_in_the_archive")
_PURGES_WAIT = _download("archive_references", "purge_waits_for_a_running_publication")
_WHOLE = ("tests/downloads/test_whole.py",)
_PAGES = ("tests/downloads/takeouts/test_large_takeouts.py",)
_TAKEOUT = ("tests/downloads/takeouts/test_takeouts.py",)
_MONTH = ("tests/packs/test_editions.py::test_export_verifies_files_unread_for_a_month[files]",)
_LET_GO = _download("expiry", "scan_removes_unreferenced_archives_and_nothing_else")

MUTANTS = (
    Mutant(_SPARSE, "bisect.bisect_right(self._starts", "bisect.bisect_left(self._starts", _RANGES),
    Mutant(_SPARSE, "min(positions.stop, ends) - begins", "ends - begins", _RANGES),
    Mutant(_SPARSE, "self._pieces.append(-self._run_bytes)", "self._pieces.append(self._run_bytes)", _RANGES),
    Mutant(_SPARSE, "if needed > len(tail):", "if False:", _LARGE_INDEX),
    Mutant(_SPARSE, "if magic != _MAGIC or needed > source.size:", "if needed > source.size:", _NO_ARCHIVE),
    Mutant(
        _SPARSE,
        'zlib.compress(msgspec.msgpack.encode(Index(self._pieces, b"".join(self._short))), 3)',
        'zlib.compress(msgspec.msgpack.encode(Index(self._pieces, b"".join(self._short))), 0)',
        _SMALL,
    ),
    Mutant(_ENTRIES, "max(size, packed_size) > ZIP64_LIMIT", "False", _ZIP64),
    Mutant(_ENTRIES, "self._pos += len(header) + packed_size", "self._pos += len(header)", _RANGES + _ZIP64),
    Mutant(_WRITER, "if found != expected:", "if False:", _OTHER_BYTES),
    Mutant(
        _WRITER,
        "            await asyncio.shield(self._working)\n        batched",
        "            pass\n        batched",
        _BEHIND,
    ),
    Mutant(_WRITER, "await self._begin(partial(", "await self._run(partial(", _MEANWHILE),
    Mutant(_MANIFEST, "is_end = len(rows) < COMMENTS_PER_FETCH", "is_end = True", _MANY_COMMENTS),
    Mutant(
        _SUMS,
        "(recalled[key].size, recalled[key].etag) == (source.size, source.tag)",
        "recalled[key].size == source.size",
        _ANEW,
    ),
    Mutant(
        _SUMS,
        "vault.locate_artworks(art_urls, recalled)",
        "vault.locate_artworks(art_urls)",
        _archive("sums", "checksum_is_computed_once_per_object[s3]"),
    ),
    Mutant(_SUMS, 'if named and sums.sha256 != named["hash"]:', "if False:", _NAMED),
    Mutant(_LEFTOVERS, "await connection.execute(_FORGET_SUMS, gone)", "pass", _FORGOTTEN),
    Mutant(_LEFTOVERS, "await connection.execute(_DROP_REFERENCES, gone)", "pass", _PURGED),
    Mutant(_LEFTOVERS, "due = [key for key in claimed if key not in needed]", "due = claimed", _PURGED),
    Mutant(_REFERENCES, "if row_count(done) < len(self._library_keys):", "if False:", _WRITING),
    Mutant(_REFERENCES, "       FOR KEY SHARE)", ")", _PURGES_WAIT),
    Mutant(_BUILD, "await self._references.keep(connection, user_id=self._row.user_id)", "pass", _PURGED),
    Mutant(_BUILD, "if error.key in self._unreadable:", "if True:", _LINKED),
    Mutant(_LINKS, "if file_etag(os.lstat(path)) != source.tag:", "if False:", _LINKED),
    Mutant(_LINKS, "except FileNotFoundError as error:", "except BlockingIOError as error:", _GONE),
    Mutant(_LINKS, "os.link(source.path, path, follow_symlinks=False)", "raise OSError", _DELETED),
    Mutant(_LINKS, "    except OSError:\n", "    except BlockingIOError:\n", _NO_LINKS),
    Mutant(_LOCAL, "unlink_all(self._root, str(target).removeprefix(self._below))", "pass", _LINKS_GO),
    Mutant(_LOCAL, "if entry.name.endswith(LINKS):", "if False:", _NO_OBJECTS),
    Mutant(
        _STREAM,
        "if piece.tag is not None and (status.st_size, file_etag(status)) != (piece.size, piece.tag):",
        "if piece.tag is not None and status.st_size != piece.size:",
        _BUILT_ANEW,
    ),
    Mutant(
        _STREAM,
        "_require_same(piece, os.fstat(file.fileno()))  # again: it may be written in place",
        "",
        ("tests/vault/test_local.py::test_bytes_written_between_stat_and_read_are_not_sent",),
    ),
    Mutant(
        _STREAM,
        "if size >= GATHERED_BYTES or len(small) >= most:",
        "if False:",
        _RANGES,
        equivalent="only more memory is used",
    ),
    Mutant(_STREAM, "size, most = 0, FIRST_PIECES", "size, most = 0, GATHERED_PIECES", _BEGINS),
    Mutant(_STORE_STREAM, "head = None if piece.tag is None else Head", "head = None if True else Head", _CUT),
    Mutant(_S3, "if head is None or (head.size, head.etag) != (piece.size, piece.tag):", "if False:", _MISSING),
    Mutant(_RESPONSE, "                await when_changed(error)\n", "", _CUT),
    Mutant(
        _LIFECYCLE,
        "await forget(connection, changed.key)",
        "pass",
        _download("changed_sources", "an_artwork_that_is_refused_is_read_again_by_the_rebuild"),
    ),
    Mutant(_EXPIRY, "(?:zip|sparse)", "zip", _LET_GO),
    Mutant(_BUILD, 'ending = ".zip" if self._is_whole else SUFFIX', "ending = SUFFIX", _WHOLE),
    Mutant(_BUILD, "ArchiveWriter(target.part, whole=self._is_whole)", "ArchiveWriter(target.part)", _WHOLE),
    Mutant(
        "pmd_service/downloads/file_build.py",
        "self._row.asset_ids[first : first + PAGE]",
        "self._row.asset_ids[first : first + PAGE - 1]",
        _download("files", "chosen_files_are_loaded_in_pages"),
    ),
    Mutant(_MANIFEST, "to_json(comments.body)", "quote_ident(comments.body)", _MANY_COMMENTS),
    Mutant(
        _MANIFEST,
        "rtrim(to_json(comments.created_at AT TIME ZONE 'UTC')",
        "rtrim(to_json(now() AT TIME ZONE 'UTC')",
        _MANY_COMMENTS,
    ),
    Mutant(_MANIFEST, 'self._rendered.write(b"," if self.sqids else b"")', 'self._rendered.write(b"")', _PAGES),
    Mutant(
        _MANIFEST, "tempfile.SpooledTemporaryFile(max_size=SPOOLED_BYTES)", "tempfile.SpooledTemporaryFile()", _PAGES
    ),
    Mutant(_VERIFIED, "TRUSTED_DAYS = 30", "TRUSTED_DAYS = 32", _MONTH),
    Mutant(_VERIFIED, "TRUSTED_DAYS = 30", "TRUSTED_DAYS = 28", _MONTH),
    Mutant(_EXPORT, "await note_verified(self._worker.pool, verified)", "pass", _MONTH),
)
