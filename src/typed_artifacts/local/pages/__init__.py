"""Pages for a browser, at the addresses that `url` gives for versions, collections and runs.

Here belong what a page shows and how: reading it (`listings.py`, `versions.py`, `files.py`,
`runs.py`, `lineage.py`, through the resolvers of `graph/`, so that a page shows what a query
would), pure modules (`addresses.py`, `drawing.py`, `previews.py`, `commands.py`), Jinja templates,
and a style sheet. Pages change nothing. Nothing else in `local/` imports this but `endpoints.py`,
when the first page is asked for.
"""

from .routes import respond_page

__all__ = ["respond_page"]
