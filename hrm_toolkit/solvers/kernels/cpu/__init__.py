"""The structured network's recurrence on a CPU, without torch: native code, and a NumPy twin."""

from hrm_toolkit.solvers.kernels.cpu.native import available, variant
from hrm_toolkit.solvers.kernels.cpu.prepared import Outcome, Prepared, State
from hrm_toolkit.solvers.kernels.cpu.recurrence import Recurrence

__all__ = ["Outcome", "Prepared", "Recurrence", "State", "available", "variant"]
