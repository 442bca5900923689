"""What runs will take, what their bundles are worth, and others beside them."""
