"""A network ready to run: side by side in batches of torch, or row by row as arrays on a CPU."""
