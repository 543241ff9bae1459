"""Festivals: a mass release of vouchers at an instant, shed fairly, paced, and stopped in one tap."""
