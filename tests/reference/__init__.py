"""Slow, obvious versions of the processors; the truth the native core is held to."""
