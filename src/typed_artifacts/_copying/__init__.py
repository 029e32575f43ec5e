"""Decides what a copy copies, and where to; and its report.

Decisions and reports, without requests: these are sent by ``_sync/copying.py`` and
``_async/copying.py``, from one template; the bytes go through ``_transfer``. May import ``paths``,
``errors`` and ``_values``; nothing but the two shells and the documented classes' ``copy`` knows of
it. Hands out ``CopyReport``.
"""
