"""The documents of ``queries/``: operations, fragments, selections and ``@optional``.

Also what they use of a schema, and which parts a client can leave out for an older server. Nothing
here knows a documented class. Imports ``schema``, ``configuration`` and what is below them.
"""
