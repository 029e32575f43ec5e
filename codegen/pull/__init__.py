"""The command ``pull``: updates ``schema.graphql`` from a server, with the smallest edits.

Imports ``queries`` and the packages below it.
"""
