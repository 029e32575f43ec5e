"""The storage use of a project: bytes by type, collection, age or tag.

Sums without requests: ``_async/usage.py``, and the sync module generated from it, fetch the
listing. May import what users import (``holdings``, ``errors``) and ``_values``. Only those modules
and the ``usage`` of the documented classes import it. The caller gets a ``Usage``.
"""
