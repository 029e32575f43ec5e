"""From specifications to the text of modules: templates, imports, the sync flavour, formatting.

Also the checks that need rendered text. Writes below the folder that it is given. Imports
``classes`` and what is below it.
"""
