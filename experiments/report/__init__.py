"""What people are handed: the answer, a page, tables in the terminal, lists of inputs and measures, one run's log."""
