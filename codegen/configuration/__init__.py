"""The settings of the generator: ``mapping.toml`` and ``ariadne.toml``, read strictly.

``models`` and ``classes`` compare them with the schema and the queries. Imports ``project`` and
``python``.
"""
