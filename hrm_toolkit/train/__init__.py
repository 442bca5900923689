"""Training: recipes, seeded data, rolling slots, the run and its evaluation."""
