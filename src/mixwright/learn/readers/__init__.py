"""Readers of data sets: each turns a folder or file into `Song` records, without decoding audio."""
