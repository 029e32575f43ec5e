"""Compares two versions, or a version and a folder: files, metadata, aliases, tags.

Decisions and texts, without requests; a folder is read elsewhere. May import what users import
(``manifests``) and ``_values``. Only ``Artifact.diff`` imports it, when it is called. The caller
gets a ``ManifestDiff``.
"""
