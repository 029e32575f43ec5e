"""The project's files: where they are, how they are read, errors with file and line.

It knows nothing of GraphQL or Python source, and imports no other package of the generator.
"""
