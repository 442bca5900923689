"""Many runs of a recipe: several seeds, and a sweep over its keys."""
