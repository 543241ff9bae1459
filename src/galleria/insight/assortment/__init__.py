"""Assortment: which goods to list online and which to draw traffic with, and why."""
