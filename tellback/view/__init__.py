"""What every page shares: its colours, how data is carried inside it, and how two texts are shown beside each other."""
