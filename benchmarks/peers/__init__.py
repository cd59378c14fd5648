"""Other tools that look for what a summary got wrong or lost, on the same pairs as the audit."""
