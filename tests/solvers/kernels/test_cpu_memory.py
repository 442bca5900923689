"""The native code under sanitizers: nothing is read or written outside of what it is given."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

import pytest

from hrm_toolkit.solvers.kernels.cpu.build import SOURCE, compiler, variants

DRIVER = Path(__file__).with_name("driver.cpp")
CHECKS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-O1", "-std=c++20"]
# The widths are instances of one template: one is enough.
CHECKS += ["-DSIZES(DO)=DO(32, 64)"]


@pytest.mark.long
def test_random_puzzles_run_clean_under_sanitizers(tmp_path):
    command = compiler()
    if command is None or "ziglang" in command:
        pytest.skip("there is no compiler that has sanitizers")
    probe = tmp_path / "probe.cpp"
    probe.write_text("int main() { return 0; }\n")
    made = subprocess.run(
        [*command, *CHECKS, str(probe), "-o", str(tmp_path / "probe")],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("the compiler has no sanitizers")
    jobs = {
        str(tmp_path / f"{name}.o"): [*flags, "-Wno-psabi", f"-DVARIANT={name}"]
        for name, flags in variants(platform.machine(), False).items()
    }
    started = [
        subprocess.Popen([*command, *CHECKS, *how, "-c", str(SOURCE), "-o", made])
        for made, how in jobs.items()
    ]
    assert [job.wait() for job in started] == [0] * len(started)
    program = tmp_path / "driver"
    shared = [*CHECKS, '-DSOURCE="driver"', f"-I{SOURCE.parent}", str(DRIVER)]
    subprocess.run([*command, *shared, *jobs, "-o", str(program)], check=True)
    done = subprocess.run([str(program)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "segments" in done.stdout
