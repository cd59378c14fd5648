"""What one sentence says against another: one file a rule of drift, in the order of table.py."""
