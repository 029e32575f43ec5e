"""The documented classes and operations, as specifications that templates print.

The mapping is resolved here, against schema and queries; no text of a module is made. Imports
``queries`` and what is below it.
"""
