"""Wishes in words: what a sentence about a mix asks for, from a vocabulary in a data file."""
