"""Limits of control groups, read from folders of fake files."""

from __future__ import annotations

from pathlib import Path

import pytest

from domains.core.cgroups import read_container
from domains.core.snapshot import Container

GIB = 1 << 30


def put(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def version2(root: Path, files: dict[str, str], path: str = "/app.slice/vault.service") -> Container:
    base = {"proc/self/cgroup": f"0::{path}\n", "sys/fs/cgroup/cgroup.controllers": "cpu memory pids\n"}
    return read_container(put(root, base | {f"sys/fs/cgroup/{name}": text for name, text in files.items()}))


def version1(root: Path, files: dict[str, str], memory: str = "/docker/abc") -> Container:
    lines = f"9:memory:{memory}\n8:cpu,cpuacct:/docker/abc\n7:pids:/docker/abc\n0::/\n"
    base = {"proc/self/cgroup": lines}
    return read_container(put(root, base | {f"sys/fs/cgroup/{name}": text for name, text in files.items()}))


def test_version_2_tells_limits_and_the_working_set(tmp_path: Path) -> None:
    own = "app.slice/vault.service"
    found = version2(
        tmp_path,
        {
            f"{own}/memory.max": f"{2 * GIB}\n",
            f"{own}/memory.current": f"{GIB}\n",
            f"{own}/memory.stat": "anon 5\ninactive_file 24\n",
            f"{own}/memory.events": "low 0\noom_kill 3\n",
            f"{own}/cpu.max": "150000 100000\n",
            f"{own}/cpu.stat": "usage_usec 2500000\nnr_throttled 7\n",
            f"{own}/pids.max": "512\n",
        },
    )

    assert found == Container(
        version="v2",
        cpu_limit=1.5,
        memory_limit=2 * GIB,
        memory_used=GIB - 24,
        pids_limit=512,
        oom_kills=3,
        throttled=7,
        cpu_seconds=2.5,
    )


def test_version_2_takes_the_tightest_limit_of_all_ancestors(tmp_path: Path) -> None:
    found = version2(
        tmp_path,
        {
            "app.slice/memory.max": f"{GIB}\n",
            "app.slice/memory.current": "1000\n",
            "app.slice/cpu.max": "50000 100000\n",
            "app.slice/vault.service/memory.max": "max\n",
            "app.slice/vault.service/memory.current": "10\n",
            "app.slice/vault.service/cpu.max": "max 100000\n",
        },
    )

    assert (found.memory_limit, found.memory_used, found.cpu_limit) == (GIB, 1000, 0.5)


def test_version_2_in_a_container_is_read_at_the_mount_when_the_path_is_not_there(tmp_path: Path) -> None:
    found = version2(tmp_path, {"memory.max": f"{GIB}\n", "memory.current": "5\n"}, path="/kubepods/pod1/abc")

    assert (found.memory_limit, found.memory_used) == (GIB, 5)


def test_version_1_tells_limits_of_each_controller(tmp_path: Path) -> None:
    found = version1(
        tmp_path,
        {
            "memory/docker/abc/memory.limit_in_bytes": f"{GIB}\n",
            "memory/docker/abc/memory.usage_in_bytes": "3000\n",
            "memory/docker/abc/memory.stat": "total_inactive_file 1000\n",
            "memory/docker/abc/memory.oom_control": "oom_kill_disable 0\noom_kill 1\n",
            "cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "200000\n",
            "cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000\n",
            "cpu,cpuacct/docker/abc/cpuacct.usage": "4000000000\n",
            "cpu,cpuacct/docker/abc/cpu.stat": "nr_periods 5\nnr_throttled 2\n",
            "pids/docker/abc/pids.max": "max\n",
        },
    )

    assert found == Container(
        version="v1",
        cpu_limit=2.0,
        memory_limit=GIB,
        memory_used=2000,
        oom_kills=1,
        throttled=2,
        cpu_seconds=4.0,
    )


def test_version_1_without_limits_has_none(tmp_path: Path) -> None:
    found = version1(
        tmp_path,
        {
            "memory/docker/abc/memory.limit_in_bytes": "9223372036854771712\n",
            "memory/docker/abc/memory.usage_in_bytes": "3000\n",
            "cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "-1\n",
            "cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000\n",
        },
    )

    assert (found.version, found.cpu_limit, found.memory_limit, found.memory_used) == ("v1", None, None, 3000)
    assert found.pids_limit is None


def test_a_host_without_control_groups_has_no_container(tmp_path: Path) -> None:
    assert read_container(tmp_path) == Container()


def test_a_listed_group_without_any_files_has_no_container(tmp_path: Path) -> None:
    put(tmp_path, {"proc/self/cgroup": "9:memory:/docker/abc\n"})

    assert read_container(tmp_path) == Container()


@pytest.mark.parametrize("memory", ["", "-5", "0", "lots", "1e9", "\x00", "99999999999999999999999", "\u00b2"])
@pytest.mark.parametrize("cpu", ["", "0 100000", "-1 100000", "5 0", "max", "a b", "100000"])
def test_absurd_limits_are_no_limits(tmp_path: Path, memory: str, cpu: str) -> None:
    found = version2(tmp_path, {"memory.max": memory, "memory.current": "abc", "cpu.max": cpu}, path="/")

    assert (found.memory_limit, found.memory_used, found.cpu_limit) == (None, None, None)


@pytest.mark.parametrize("line", ["", "nonsense", "0::relative", "0::/../../../etc", "1:memory", ":::::"])
def test_an_absurd_group_line_breaks_nothing(tmp_path: Path, line: str) -> None:
    put(tmp_path, {"proc/self/cgroup": line, "sys/fs/cgroup/cgroup.controllers": "memory"})

    assert read_container(tmp_path).memory_limit is None


def test_this_machine_can_be_read() -> None:
    assert read_container().version in {"", "v1", "v2"}
