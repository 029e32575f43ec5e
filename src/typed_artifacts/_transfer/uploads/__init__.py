"""Local files to a server: hashed into a manifest, and sent, whole or in parts.

May import ``disk``, ``http``, ``manifests`` and ``concurrency``.
"""
