"""Sparse archives: what they refer to, what is known of it, what holds it, and what never leaves."""

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


_RANGES = _archive("sparse", "any_range_is_that_part_of_the_whole")
_BEGINS = _archive("sparse", "an_answer_begins_before_all_its_small_files_are_read")
_NO_ARCHIVE = _archive("sparse", "what_is_no_sparse_archive_is_said_to_be_none")
_LARGE_INDEX = _archive("sparse", "an_index_that_is_larger_than_the_first_look_is_read_whole")
_SMALL = _archive("sparse", "it_keeps_200_bytes_an_artwork_at_most_beside_its_documents")
_ZIP64 = _archive("readers", "more_bytes_than_zip_counts_without_zip64")
_OTHER_BYTES = _archive("writer", "other_bytes_than_those_of_the_sum_are_an_error_and_never_an_archive")
_BEHIND = _archive("writer", "what_fails_behind_a_documents_back_is_told_later")
_MEANWHILE = _archive("writer", "a_documents_next_bytes_come_while_the_last_are_packed")
_MANY_COMMENTS = _download("documents", "comments_of_many_posts_are_the_json_that_people_read")
_ANEW = _archive("sums", "one_that_has_changed_is_read_anew")
_NAMED = _archive("sums", "a_file_of_the_library_is_compared_with_its_name_by_the_same_reading[files]")
_FORGOTTEN = _archive("sums", "what_the_service_removes_is_forgotten[files]")
_BUILT_ANEW = _download("changed_sources", "one_that_has_other_bytes_now_is_gone_and_built_anew")
_MISSING = _download(
    "changed_sources", "one_that_is_gone_where_there_are_no_links_is_missing_in_what_is_built_anew[s3]"
)
_CUT = _download("changed_sources", "one_that_changes_in_the_middle_of_an_answer_cuts_it_and_no_wrong_byte_leaves")
_GONE = ("tests/vault/test_local.py::test_what_is_gone_or_changed_when_it_is_linked_is_said_to_be_so",)
_DELETED = _download("changed_sources", "an_artwork_that_is_deleted_or_replaced_is_delivered_as_it_was")
_LINKED = _download("unreadable_artworks", "files_that_change_before_they_are_linked_are_missing")
_NO_LINKS = _download("changed_sources", "where_no_links_can_be_made_the_artworks_themselves_are_referred_to")
_LINKS_GO = _download("links", "they_go_with_an_archive_that_is_removed")
_NO_OBJECTS = _download("links", "they_are_no_objects_of_their_own")
_HELD = _download("archive_references", "a_purged_file_is_delivered_until_its_last_archive_goes")
_WRITING = _download(
    "archive_references", "a_file_that_is_purged_while_its_archive_is_written_is_missing_and_leaves_no_hole"
)
_PURGES_WAIT = _download("archive_references", "whoever_purges_waits_for_a_publication_that_is_under_way")
_WHOLE = ("tests/downloads/test_whole.py",)
_PAGES = ("tests/downloads/takeouts/test_large_takeouts.py",)
_TAKEOUT = ("tests/downloads/takeouts/test_takeouts.py",)
_MONTH = ("tests/packs/test_editions.py::test_files_are_read_when_nobody_has_for_a_month[files]",)
_LET_GO = _download("expiry", "the_scan_removes_what_requests_have_let_go_of_and_nobody_elses_files")

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
        _archive("sums", "each_is_read_once[s3]"),
    ),
    Mutant(_SUMS, 'if named and digest.hexdigest() != named["hash"]:', "if False:", _NAMED),
    Mutant(_LEFTOVERS, "await connection.execute(_FORGET_SUMS, gone)", "pass", _FORGOTTEN),
    Mutant(_LEFTOVERS, "await connection.execute(_DROP_REFERENCES, gone)", "pass", _HELD),
    Mutant(_LEFTOVERS, "due = [key for key in claimed if key not in needed]", "due = claimed", _HELD),
    Mutant(_REFERENCES, "if row_count(done) < len(self._files):", "if False:", _WRITING),
    Mutant(_REFERENCES, "       FOR KEY SHARE)", ")", _PURGES_WAIT),
    Mutant(_BUILD, "await self._references.keep(connection, user_id=self._row.user_id)", "pass", _HELD),
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
        ("tests/vault/test_local.py::test_what_is_written_between_the_look_and_the_reading_never_leaves",),
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
    Mutant(_LIFECYCLE, "await forget(connection, changed.key)", "pass", _MISSING),
    Mutant(_EXPIRY, "(?:zip|sparse)", "zip", _LET_GO),
    Mutant(_BUILD, 'ending = ".zip" if self._is_whole else SUFFIX', "ending = SUFFIX", _WHOLE),
    Mutant(_BUILD, "ArchiveWriter(target.part, whole=self._is_whole)", "ArchiveWriter(target.part)", _WHOLE),
    Mutant(
        _BUILD,
        "post_ids=self._row.post_ids[first : first + PAGE]",
        "post_ids=self._row.post_ids[first : first + PAGE - 1]",
        _PAGES,
    ),
    Mutant(_BUILD, "by_year=self._row.takeout_id is not None", "by_year=False", _TAKEOUT),
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
