"""Values of coupons, by subject."""
