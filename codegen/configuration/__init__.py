"""The settings of the generator: ``mapping.toml`` and ``ariadne.toml``, read strictly.

What they say is compared with schema and queries later, in ``models`` and ``classes``. Imports
``project`` and ``python``.
"""
