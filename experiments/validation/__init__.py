"""Long validations, by command."""
