"""Versions and collections, inside a transaction: created, uploaded, committed, linked, deleted.

May import ``accounts``, ``store``, and the packages below it.
"""
