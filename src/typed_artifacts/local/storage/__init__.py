"""The files of a registry: blobs in a folder or an object store, uploads of them, manifests.

May import ``database``.
"""
