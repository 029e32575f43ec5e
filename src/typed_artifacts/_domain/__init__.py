"""The logic of the documented classes, without I/O: pages, edits, memberships, checks.

One package a subject: ``lists``, ``versions``, ``collections``, ``drafts`` (new versions),
``mutations``, ``projects`` (what is read of many objects), ``client``, ``arguments``, ``offline``,
``doctor``.

Functions and small frozen classes, the same for sync and async. May import ``_transfer``,
``_operations``, ``_requests``, ``_graphql`` and what lies below; never ``_sync`` or ``_async``.
"""
