"""Networks, kernels and the route from a puzzle to a verified answer."""
