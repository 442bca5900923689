"""Commands for bundles and checkpoints."""
