"""Every SQL statement of coupons, by subject.

Locks: what issues locks the coupon's row first, then writes claims and pools; nobody locks a claim and then a coupon.
"""
