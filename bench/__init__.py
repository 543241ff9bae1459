"""What we promise to be fast at, always as a ratio against PostgreSQL's own floor or a named peer in the same run.

`make bench` runs all, `make bench ONLY=name` one. Each bench starts its own server in production mode on its own
embedded PostgreSQL (`synchronous_commit` on), checks the database afterwards, and adds rows to
`bench/results/latest.json`.
"""
