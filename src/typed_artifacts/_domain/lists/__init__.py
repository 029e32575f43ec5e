"""Lists: pages, cursors, totals and indexing, and the common base of the list classes."""
