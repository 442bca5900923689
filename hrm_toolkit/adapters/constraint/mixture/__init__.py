"""Any task of constraints for one network: what it is told, its tokens, and the task of all."""
