"""Environments of Gymnasium as state spaces: planned in, and played by gymnasium itself.

``gym_adapter`` makes the adapter, ``Policy`` plays what a solver plans, ``evaluate`` lets gymnasium
run the episodes. Gymnasium (``pip install 'hrm-toolkit[gym]'``) is imported when it is used.
"""

from hrm_toolkit.adapters.space.gym.adapter import GymAdapter
from hrm_toolkit.adapters.space.gym.make import gym_adapter
from hrm_toolkit.adapters.space.gym.policy import Evaluation, Policy, evaluate, value_iteration

__all__ = ["Evaluation", "GymAdapter", "Policy", "evaluate", "gym_adapter", "value_iteration"]
