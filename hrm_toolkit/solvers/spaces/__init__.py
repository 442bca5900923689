"""Tasks that are solved action by action, the network asked anew about each state."""
