"""Shell completion: names from the server, and words as bash parts them."""
