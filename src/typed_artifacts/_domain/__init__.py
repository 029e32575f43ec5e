"""The logic of the documented classes, without I/O: pages, edits, memberships, checks.

Functions and small frozen classes, the same for sync and async. May import ``_transfer``,
``_operations``, ``_requests``, ``_graphql`` and what lies below; never ``_sync`` or ``_async``.
"""
