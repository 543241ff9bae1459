"""What a price is made of and what value changes hands: offers, coupons, stock, points, payments."""
