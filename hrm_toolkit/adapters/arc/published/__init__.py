"""ARC in dataset folders of the published code."""
