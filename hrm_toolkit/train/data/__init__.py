"""Examples for training: drawn, read from files, of published data sets."""
