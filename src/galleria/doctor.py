"""`galleria doctor`: recomputes what must always hold, and says what does not."""
