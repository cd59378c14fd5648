"""Two texts sentence beside sentence: what the rules of drift look at."""
