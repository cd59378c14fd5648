"""The output's side: what of each of its sentences the source bears out, and where in the source that stands."""
