"""`python -m orchestration` is the `warehouse` command."""

from orchestration.cli.main import main

if __name__ == "__main__":
    main()
