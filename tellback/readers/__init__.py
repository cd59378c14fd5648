"""What reads told-back text."""
