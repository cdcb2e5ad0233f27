"""`python -m orchestration` is the `warehouse` command."""

from orchestration.cli import main

if __name__ == "__main__":
    main()
