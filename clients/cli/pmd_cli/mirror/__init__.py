"""``pmd mirror``: a folder that follows the library and the posts, by ``GET /api/pmd/changes``.

What the folder has is in one SQLite file beside it, which is also the lock. A thing is first noted there with the path
that it will have, then its bytes are written beside, forced to the disk and renamed, and then it is noted as there. So
an end at any moment leaves no half file under a name of the library, and the next run goes on.
"""
