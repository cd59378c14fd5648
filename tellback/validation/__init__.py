"""Does the instrument work? Planted changes, rates and bars."""
