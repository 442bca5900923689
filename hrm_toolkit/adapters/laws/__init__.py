"""The laws that every adapter keeps: ``check_adapter`` runs them."""
