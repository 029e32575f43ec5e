"""The storage use of a project: bytes by type, collection, age or tag.

Sums without requests: the listing is fetched by ``_sync/usage.py`` and ``_async/usage.py``, from
one template. May import what users import (``holdings``, ``errors``) and ``_values``; nothing but
the two shells and the documented classes' ``usage`` knows of it. Hands out ``Usage``.
"""
