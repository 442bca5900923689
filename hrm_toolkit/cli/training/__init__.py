"""Commands that make data, train and measure."""
