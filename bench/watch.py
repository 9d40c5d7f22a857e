"""What a process and the machine spend, as Linux's /proc says it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")
CORES = os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory in MB: at its highest so far, and now."""

    peak: float
    now: float


def cpu_seconds(pid: int) -> float:
    """Return what all threads of a process have used, user and system; exact to 10 ms."""
    text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK


def memory(pid: int) -> Memory:
    """Return a process's resident memory."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    kilobytes = {
        name: int(rest.split()[0])
        for name, rest in (line.split(":", 1) for line in lines)
        if name in {"VmHWM", "VmRSS"}
    }
    return Memory(kilobytes["VmHWM"] / 1024, kilobytes["VmRSS"] / 1024)


def machine_seconds() -> float:
    """Return what all cores together have been busy, stolen time among it."""
    first = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:]
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, first[:8])
    return (user + nice + system + irq + softirq + steal) * TICK
