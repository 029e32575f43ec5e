"""Stands in for click, which comes with the extra ``cli``, as ``rich`` does."""

raise ImportError("as in an installation without extras")
