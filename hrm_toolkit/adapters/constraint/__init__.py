"""Problems declared once, as a list of constraints, and the tasks that are such lists."""
