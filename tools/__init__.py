"""Tools for those who work on the project; nothing else imports them."""
