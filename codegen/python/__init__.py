"""Python as text: names, type expressions and docstrings, and reading the source of modules.

It knows nothing of GraphQL types, and imports no other package of the generator.
"""
