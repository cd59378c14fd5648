"""The audit in other people's frameworks; each file needs the package that it is named after, and nothing else does."""
