"""Who is asking, and may they: actors, roles, grants, access tokens, sign-ins, passwords, attempt limits."""
