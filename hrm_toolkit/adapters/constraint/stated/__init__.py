"""Problems that are stated as data: variables, and constraints by kind. Nothing is evaluated."""
