"""Values, identifiers, quotes and names."""
