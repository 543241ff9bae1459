"""Writes of couriers: requests, quotes taken, what companies tell, tips and goods that came back."""
