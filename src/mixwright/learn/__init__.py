"""Learning from engineers: records of songs, readers, protocols of evaluation, training."""
