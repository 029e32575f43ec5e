"""The documented classes and operations, as specifications that templates print.

Resolves the mapping with the schema and the queries. It renders no text. Imports ``queries`` and
the packages below it.
"""
