"""New versions: the contents and options of a draft, and what is sent to log it."""
