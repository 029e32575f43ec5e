"""Manifests: digests, entries, parsing, and checks of content. No network, no disk.

Imports nothing of the other packages here.
"""
