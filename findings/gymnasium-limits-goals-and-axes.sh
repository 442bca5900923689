#!/usr/bin/env bash
# gymnasium 1.4.0 and minigrid 3.2.0, four things that a planner or an evaluation trips over.
# An 8x8 FrozenLake is cut off after 100 steps when it is made by map_name, and after 200 when it is
# made by its own id: with slippery ice the two give one policy different success rates. CliffWalking
# has no limit of steps at all, so that an evaluation of a policy that walks in circles never ends; and
# its table P lets go of who stands on the goal: the transition into it is terminal, but the goal's own
# row leads on, so value iteration that looks at states and not at the transition's flag plans out of
# the goal again. Taxi-v3 is an error now, not a warning. MiniGrid's arrays and agent_pos have x first.
#
# Seen:
#   gymnasium 1.4.0, minigrid 3.2.0
#   FrozenLake-v1 {'map_name': '8x8'}: 100 steps, 248 of 500 episodes won
#   FrozenLake8x8-v1 {}: 200 steps, 437 of 500 episodes won
#   CliffWalking-v1: None steps
#   into the goal: (47, True) out of it: (35, False)
#   Taxi-v3: DeprecatedEnv
#   agent at x 2, y 5: (2, 5) grid (19, 19, 3)
#   facing east: 0 front (2, 1)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check gymnasium==1.4.0 minigrid==3.2.0
cd "$work"
"$work/venv/bin/python" -W ignore - 2>/dev/null <<'PYTHON' | grep -v pygame | tee seen
from importlib.metadata import version

import gymnasium
import minigrid  # noqa: F401

print(", ".join(f"{name} {version(name)}" for name in ("gymnasium", "minigrid")))


def best(P, discount=0.999):
    values, actions = dict.fromkeys(P, 0.0), {}
    for _ in range(3000):
        for s in P:
            returns = [
                sum(p * (r + discount * values[t] * (not over)) for p, t, r, over in P[s][a])
                for a in P[s]
            ]
            values[s], actions[s] = max(returns), returns.index(max(returns))
    return actions


for name, options in (("FrozenLake-v1", {"map_name": "8x8"}), ("FrozenLake8x8-v1", {})):
    env = gymnasium.make(name, **options)
    policy, won = best(env.unwrapped.P), 0
    for seed in range(500):
        s, _ = env.reset(seed=seed)
        over = cut = False
        while not (over or cut):
            s, reward, over, cut, _ = env.step(policy[int(s)])
        won += reward > 0
    print(f"{name} {options}: {env.spec.max_episode_steps} steps, {won} of 500 episodes won")

env = gymnasium.make("CliffWalking-v1")
print("CliffWalking-v1:", env.spec.max_episode_steps, "steps")
into, out = env.unwrapped.P[35][2][0], env.unwrapped.P[47][0][0]
print("into the goal:", (int(into[1]), into[3]), "out of it:", (int(out[1]), out[3]))

try:
    gymnasium.make("Taxi-v3")
except gymnasium.error.Error as error:
    print("Taxi-v3:", type(error).__name__)

env = gymnasium.make("MiniGrid-FourRooms-v0", agent_pos=(2, 5)).unwrapped
env.reset(seed=0)
print("agent at x 2, y 5:", tuple(int(n) for n in env.agent_pos), "grid", env.grid.encode().shape)
env = gymnasium.make("MiniGrid-LavaGapS5-v0").unwrapped
env.reset(seed=0)
print("facing east:", env.agent_dir, "front", tuple(int(n) for n in env.front_pos))
PYTHON
diff seen - <<'EXPECTED'
gymnasium 1.4.0, minigrid 3.2.0
FrozenLake-v1 {'map_name': '8x8'}: 100 steps, 248 of 500 episodes won
FrozenLake8x8-v1 {}: 200 steps, 437 of 500 episodes won
CliffWalking-v1: None steps
into the goal: (47, True) out of it: (35, False)
Taxi-v3: DeprecatedEnv
agent at x 2, y 5: (2, 5) grid (19, 19, 3)
facing east: 0 front (2, 1)
EXPECTED
