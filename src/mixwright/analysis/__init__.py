"""Measures audio: numbers without opinions."""
