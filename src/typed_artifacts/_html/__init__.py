"""Values as HTML, as a notebook shows them: what a class knows goes in as texts, markup comes out.

Pure, and imported only when a notebook asks. Imports nothing of the package but ``_values``.
"""
