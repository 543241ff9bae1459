"""Performance: what every offer gave and took: issued, used, sales, cost by funder, margin."""
