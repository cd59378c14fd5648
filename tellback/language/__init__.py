"""English: words, sentences, a parse and the clauses it holds."""
