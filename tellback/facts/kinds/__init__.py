"""What kinds of fact there are."""
