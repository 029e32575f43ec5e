"""What is read of many objects: inventories, holdings, lineage, similar names."""
