"""The documents of ``queries/``: operations, fragments, selections and ``@optional``.

Also the members of a schema that they use, and the parts that a client can omit for an older
server. It knows nothing of documented classes. Imports ``schema``, ``configuration`` and the
packages below them.
"""
