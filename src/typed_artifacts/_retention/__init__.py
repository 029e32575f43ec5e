"""Plans which versions of a project to delete, and applies the plans.

Decisions, plans, journals and reports, without requests: these are sent by ``_sync/retention.py``
and ``_async/retention.py``, from one template. May import what users import (``holdings``,
``errors``), ``_environment`` and ``_values``; nothing but the two shells and the documented
classes' ``plan_prune``, ``plan_ttl`` and ``apply_plan`` knows of it. Hands out ``PrunePlan`` and
``PruneReport``.
"""
