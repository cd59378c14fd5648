"""From a text to its facts."""
