"""Schemas: reading them, printing their members, and the file and line of definitions.

It knows nothing of queries. Imports ``project``.
"""
