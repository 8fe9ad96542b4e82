"""Positions, roads and travel between places."""
