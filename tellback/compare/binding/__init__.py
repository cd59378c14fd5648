"""What stands with what: words and values bound to each other by the clause, row or line that holds them."""
