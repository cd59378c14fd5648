"""The commands of the command line that are not about studies; each file adds its own to the app."""
