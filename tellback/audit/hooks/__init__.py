"""What coding agents call when they compact: what was lost is said, and what still holds is given back."""
