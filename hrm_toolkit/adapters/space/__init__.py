"""State spaces: what may be done in a state, what comes of it, and when the goal is reached."""
