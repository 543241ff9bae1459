"""What happens to bags, the places where they wait, and the claims for them."""
