"""How the audit does on errors that people marked in texts that models wrote: sets, methods, scores, and their tables."""
