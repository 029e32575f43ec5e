"""HTML for notebooks: plain values in, escaped markup out.

Pure, and imported only when a notebook asks. Imports nothing of the package but ``_values``.
"""
