"""Folders and files on this machine: listed, opened safely, written under a temporary name, cached.

May import ``concurrency`` and ``manifests``.
"""
