"""From the demo world to rows: each file makes the rows of one part of the mall, and `sheet` copies them in."""
