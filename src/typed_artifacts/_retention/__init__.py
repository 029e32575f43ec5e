"""Plans which versions of a project to delete, and applies the plans.

Decisions, plans, journals and reports, without requests: ``_async/retention.py``, and the sync
module generated from it, send these. May import what users import (``holdings``, ``errors``),
``_environment`` and ``_values``. Only those modules and the ``plan_prune``, ``plan_ttl`` and
``apply_plan`` of the documented classes import it. The caller gets a ``PrunePlan`` and a
``PruneReport``.
"""
