"""Training: recipes, seeded data, rolling slots, the run and its evaluation."""

from hrm_toolkit.threads import wait_quietly

# What is in here loads torch.
wait_quietly()
