"""Problems without variables: what can be reached, what may hold together, what it costs."""
