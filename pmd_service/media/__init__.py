"""Probing and processing images, audio and video.

Untrusted files are decoded in a sandboxed child process only (:mod:`.child`, :mod:`.sandbox`). Everything in
:mod:`.engines` runs there and is never imported by the service; the other modules never decode. Nothing is imported
here, because it would delay the child's start.
"""
