"""What a user likes: kept on this machine, learned with restraint, shown in words, erased on request."""
