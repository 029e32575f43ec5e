"""Compares two versions, or a version and a folder: files, metadata, aliases, tags.

Decisions and words, without requests; a folder is read elsewhere. May import what users import
(``manifests``) and ``_values``; only ``Artifact.diff`` knows of it, when it is called. Hands out
``ManifestDiff``.
"""
