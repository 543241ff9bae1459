"""Offers: automatic promotions as versioned data, how often they were used, and who bears them."""
