"""Maintenance of a registry in use: garbage collection, verification, backup, migration, sizes.

May import ``versions``, ``store``, and the packages below it.
"""
