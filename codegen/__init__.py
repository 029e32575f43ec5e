"""The code generator: ``schema.graphql``, ``queries/`` and ``mapping.toml`` → four packages.

``python -m codegen generate`` writes ``_graphql/``, ``_operations/``, ``_sync/`` and ``_async/``
below ``src/typed_artifacts/``; ``check`` fails where they are not what it would write.
The commands are in ``__main__.py``; the docstring of each package here says what belongs in it.
"""
