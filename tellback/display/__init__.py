"""How numbers and foreign text are shown, in a terminal, a page or Markdown."""
