"""Files of a server: their URLs, read and verified, into a folder, memory or a file object.

May import ``disk``, ``http``, ``manifests`` and ``concurrency``.
"""
