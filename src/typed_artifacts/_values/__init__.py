"""Values that every other room uses: JSON, times, enums that may grow, names of files, type guards.

Imports nothing of the package but ``errors``. Hands out ``JsonValue``, ``DateTime``, ``OpenEnum``,
``as_utc``, ``why_unsafe`` and the guards.
"""
