"""Values that every other room uses: JSON, times, enums that may grow, type guards.

Imports nothing of the package but ``errors``. Hands out ``JsonValue``, ``DateTime``, ``OpenEnum``,
``as_utc`` and the guards.
"""
