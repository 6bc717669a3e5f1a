"""Decisions: from tracks and measurements to a mix, each with its reason."""
