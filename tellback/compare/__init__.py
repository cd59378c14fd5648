"""Facts of one text against those of another."""
