"""The project's files: their paths, reading them, and errors with file and line.

It knows nothing of GraphQL or Python source, and imports no other package of the generator.
"""
