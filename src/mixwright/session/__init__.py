"""What goes on between the first mix and the last: names, locks, edits, history."""
