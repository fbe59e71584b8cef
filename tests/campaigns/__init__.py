"""Campaigns: seeded, counted attempts to break the product. A short form of each runs with the tests."""
