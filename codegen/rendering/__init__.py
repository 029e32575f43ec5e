"""From specifications to the text of modules: templates, imports, the sync flavour, formatting.

Also the checks that need rendered text. It writes only below a given folder. Imports ``classes``
and the packages below it.
"""
