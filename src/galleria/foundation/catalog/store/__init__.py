"""Every SQL statement of the catalog, by subject; shop, category and currency are read beside a product, from malls."""
