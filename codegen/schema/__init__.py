"""Schemas: reading them, printing their members, and the file and line of what is in them.

It knows nothing of queries. Imports ``project``.
"""
