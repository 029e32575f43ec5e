"""What commands write: lines, tables, CSV and JSON. Imports no other part of the command line.

What comes from a server is data: it is shown as text, never obeyed as terminal codes or markup.
"""
