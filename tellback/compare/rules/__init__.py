"""What one sentence says against another."""
