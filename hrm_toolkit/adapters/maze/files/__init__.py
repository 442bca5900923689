"""Reading of maze files: drawings, grids of 0 and 1, MovingAI maps, posts and walls, JSON."""
