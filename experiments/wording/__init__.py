"""How names and numbers are written, for figures, reports and the terminal alike; draws nothing."""
