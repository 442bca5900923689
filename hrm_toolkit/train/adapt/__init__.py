"""Networks that are trained on one puzzle's own demonstrations, and vote on what it asks."""
