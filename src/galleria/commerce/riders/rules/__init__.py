"""Pure decisions of riders: what follows a report, and the order of a route."""
