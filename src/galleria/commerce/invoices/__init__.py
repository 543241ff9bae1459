"""Invoices and receipts: requests for tax invoices (fapiao), and receipts as PDF."""
