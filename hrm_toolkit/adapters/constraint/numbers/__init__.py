"""Tasks of numbers on boards, declared by constraints."""
