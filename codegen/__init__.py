"""The code generator: ``schema.graphql``, ``queries/`` and ``mapping.toml`` → three packages.

``python -m codegen generate`` writes ``_graphql/``, ``_sync/`` and ``_async/`` below
``src/typed_artifacts/``; ``python -m codegen check`` fails where they are not what it would write.
"""
