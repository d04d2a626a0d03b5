"""`python -m experiments`, and the command `sellsim`: ready to be stopped before the first import that takes time."""

import sys

from experiments import stopping


def main() -> None:
    """Run the command line. Exit codes: 1 if runs failed, 2 on bad input, 130 on Ctrl-C (143 on SIGTERM, 129 on SIGHUP)."""
    stopping.open_streams()
    if sys.stdout is None:
        sys.stderr.write("Standard output is closed; redirect it to a file, or to /dev/null.\n")
        raise SystemExit(2)
    stopping.listen()
    try:
        from experiments import cli

        cli.main()
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        raise SystemExit(stopping.exit_code()) from None


if __name__ == "__main__":
    main()
