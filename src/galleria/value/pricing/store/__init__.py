"""Every SQL statement of pricing, by subject.

Locks: products by id (the catalog's door takes them), then nothing else; a rule's row is changed by one conditional
UPDATE and locked by nothing that waits for products.
"""
