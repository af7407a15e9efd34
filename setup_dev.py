"""Set up a development environment: `.venv`, the locked dependencies, and on Linux the libraries and fonts Qt needs.

Run `python setup_dev.py` on Windows, macOS or Linux; `make setup` does the same. It must not need anything but the
standard library, and it is quick when nothing has changed.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Final, NoReturn

ROOT: Final = Path(__file__).resolve().parent
VENV: Final = ROOT / ".venv"
PYTHON: Final = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOCK: Final = ROOT / "requirements.lock"
STAMP: Final = VENV / "setup.stamp"
OLDEST_PYTHON: Final = (3, 11)
TORCH_CPU_INDEX: Final = "https://download.pytorch.org/whl/cpu"
INDEX_TIMEOUT_S: Final = 5

# Library -> Debian package. The first eight are enough without a display.
QT_LIBRARIES: Final = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libX11.so.6": "libx11-6",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libX11-xcb.so.1": "libx11-xcb1",
}
FONT_PACKAGES: Final = ("fonts-dejavu-core", "fonts-inter")


def main() -> int:
    """Do what is still to do.

    Returns:
        0; every failure ends the program with one line and status 1.
    """
    if sys.version_info < OLDEST_PYTHON:
        _fail(
            f"Python 3.11 or later is needed; this is {sys.version.split()[0]}. With make: make PYTHON=python3.11 ..."
        )
    wanted = _fingerprint()
    ready = PYTHON.is_file() and STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted
    _system_packages(with_fonts=not ready)
    if not ready:
        _make_venv()
        _install()
        STAMP.write_text(wanted, encoding="utf-8")
        print(_next_steps())
    return 0


def _fingerprint() -> str:
    files = (LOCK, ROOT / "pyproject.toml", Path(__file__))
    parts = [*(file.read_bytes() for file in files), str(ROOT).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _next_steps() -> str:
    if os.name == "nt":
        return r"Ready: .venv\Scripts\netwright opens the designer."
    return "Ready: make run opens the designer, make test runs every check."


# --- the environment ---


def _make_venv() -> None:
    if _venv_works():
        return
    print(f"Making .venv with Python {sys.version.split()[0]} ...", flush=True)
    done = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        _fail(
            "Python cannot make a virtual environment here. On Debian or Ubuntu type: sudo apt-get install python3-venv"
        )


def _venv_works() -> bool:
    """Say whether `.venv` holds a Python that starts, is new enough and has pip."""
    if not PYTHON.is_file():
        return False
    script = f"import sys, pip; sys.exit(sys.version_info < {OLDEST_PYTHON})"
    return subprocess.run([str(PYTHON), "-c", script], capture_output=True).returncode == 0


def _install() -> None:
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    torch = next(line for line in lines if line.startswith("torch=="))
    if not _has_nvidia_gpu():
        _install_cpu_torch(torch)
    elif os.name == "nt":
        print("  Windows: pip finds PyTorch's CPU build; for CUDA see https://pytorch.org/get-started/locally/")
    print("Installing the locked dependencies (some minutes the first time) ...", flush=True)
    _pip("install", "--requirement", str(LOCK), torch)
    # Without isolation: what builds the package stands in the lock too, and nothing more is fetched.
    _pip("install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))


def _has_nvidia_gpu() -> bool:
    found = shutil.which("nvidia-smi")
    if found is None:
        return False
    listed = subprocess.run([found, "-L"], capture_output=True, text=True)
    return listed.returncode == 0 and "GPU" in listed.stdout


def _install_cpu_torch(pin: str) -> None:
    """Take PyTorch's CPU build, gigabytes smaller, from its own index; left to the lock where that is not to be had."""
    if sys.platform != "linux" or _is_installed(pin):
        return  # elsewhere the usual index holds the CPU build
    try:
        with urllib.request.urlopen(f"{TORCH_CPU_INDEX}/torch/", timeout=INDEX_TIMEOUT_S):
            pass
    except (OSError, ValueError):
        print("  PyTorch's index of CPU builds cannot be reached: taking what pip finds.", flush=True)
        return
    print("Installing PyTorch for the CPU (about 200 MB) ...", flush=True)
    command = _pip_command("install", "--no-deps", "--index-url", TORCH_CPU_INDEX, pin)
    if subprocess.run(command).returncode:
        print("  PyTorch's index of CPU builds did not give it: taking what pip finds.", flush=True)


def _is_installed(pin: str) -> bool:
    name, version = pin.split("==")
    script = (
        f"import sys; from importlib.metadata import version as v; sys.exit(v({name!r}).split('+')[0] != {version!r})"
    )
    return subprocess.run([str(PYTHON), "-c", script], capture_output=True).returncode == 0


def _pip_command(*arguments: str) -> list[str]:
    return [str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments, "-qq"]


def _pip(*arguments: str) -> None:
    command = _pip_command(*arguments)
    if subprocess.run(command, cwd=ROOT).returncode:
        _fail(f"The dependencies could not be installed; pip says why above. To try by hand: {' '.join(command[:-1])}")


# --- the system, on Linux ---


def _system_packages(*, with_fonts: bool) -> None:
    """Install the libraries and fonts that are missing, or say what to type."""
    if not sys.platform.startswith("linux"):
        return
    libraries = [package for library, package in QT_LIBRARIES.items() if not _loads(library)]
    fonts = [package for package in FONT_PACKAGES if with_fonts and not _is_debian_package_installed(package)]
    missing = [*libraries, *fonts]
    if not missing or _apt_install(missing):
        return
    if shutil.which("apt-get"):
        print(f"For the window, type: sudo apt-get install --no-install-recommends {' '.join(missing)}", flush=True)
    elif libraries:
        names = ", ".join(library for library in QT_LIBRARIES if not _loads(library))
        print(f"For the window, install your system's packages for: {names}", flush=True)


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _is_debian_package_installed(package: str) -> bool:
    if shutil.which("dpkg-query") is None:
        return True  # no Debian: the interface takes the fonts it finds
    done = subprocess.run(["dpkg-query", "-W", "-f=${db:Status-Status}", package], capture_output=True, text=True)
    return done.stdout == "installed"


def _apt_install(packages: list[str]) -> bool:
    """Install packages where this process may."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return False
    print(f"Installing system packages for the window: {' '.join(packages)} ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (("update",), ("install", "-y", "--no-install-recommends", *packages)):
        done = subprocess.run(["apt-get", "-qq", *words], env=environment, capture_output=True, text=True)
    if done.returncode:
        print(done.stderr.strip(), file=sys.stderr)
    return done.returncode == 0


def _fail(words: str) -> NoReturn:
    print(words, file=sys.stderr)
    raise SystemExit(1)


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except KeyboardInterrupt:
        _fail("Stopped; run it again to go on.")
