"""Pricing: what goods cost online, by rule, above their floor, and every price they ever had."""
