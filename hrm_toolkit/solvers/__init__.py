"""Networks, kernels and the route from a puzzle to a verified answer."""

from hrm_toolkit.threads import wait_quietly

# What is in here loads torch.
wait_quietly()
