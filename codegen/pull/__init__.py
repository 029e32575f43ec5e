"""The command ``pull``: brings ``schema.graphql`` up to a server, as a smallest edit of the file.

Imports ``queries`` and what is below it.
"""
