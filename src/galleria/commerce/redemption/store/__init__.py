"""Every statement of redemption: on tickets and redemptions, at the till, on late scans."""
