"""How two versions differ, or a version and a folder: files, metadata, aliases, tags.

Decisions and words, without requests; the folder is read. May import ``_transfer`` (manifests),
``_environment``, ``errors`` and ``_values``; only ``Artifact.diff`` knows of it, when it is called.
Hands out ``ManifestDiff``.
"""
