"""Graph colouring: a colour for each node, joined nodes differing."""
