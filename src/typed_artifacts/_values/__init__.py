"""Values that every other package uses: JSON, times, open enums, URIs, type guards.

Beside them, what all rooms need of the standard library: a pool of threads, what is made anew after
a fork, a pause of the garbage collector, names that are imported when they are first used, and
attributes that are made then. Imports nothing of the package but ``errors``. Hands out
``JsonValue``, ``DateTime``, ``OpenEnum``, ``as_utc``, ``why_unsafe``, ``split_uri``,
``thread_pool``, ``map_in_threads``, ``renew_after_fork``, ``ProcessLocal``, ``PAUSE``,
``imported``, ``first_kept`` and the guards.
"""
