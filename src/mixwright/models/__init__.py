"""What was learned, ready to be asked; the weights lie beside the code in `weights/`."""
