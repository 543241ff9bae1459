"""`python -m galleria.cli`, for where the program `galleria` is not on the path."""

from galleria.cli import main

main()
