"""What is done with images, sound and video: looking at them, and making new ones of them.

Bytes of strangers are decoded in a child process only (:mod:`.child`, :mod:`.sandbox`). Everything below
:mod:`.engines` runs there and is never imported by the service; the rest of this room never decodes. Nothing is
imported here, because the child passes through on its way to its engine, and starts in milliseconds.
"""
