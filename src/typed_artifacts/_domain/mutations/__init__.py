"""What every mutation has: its inputs, its payload, and changes that were made only in part."""
