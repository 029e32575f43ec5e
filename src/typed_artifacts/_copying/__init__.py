"""Decides what a copy copies, and where to; and its report.

Decisions and reports, without requests: ``_async/copying.py``, ``copy_tasks.py`` and
``copy_versions.py``, and the sync modules generated from them, send these; the bytes go through
``_transfer``. May import ``paths``, ``errors`` and ``_values``. Only those modules and the ``copy``
of the documented classes import it. The caller gets a ``CopyReport``.
"""
