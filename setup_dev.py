"""Set up a development environment: `.venv`, the locked dependencies, and on Linux the libraries Qt needs.

Run `python setup_dev.py` on Windows, macOS or Linux; `make setup` does the same. It must not need anything but the
standard library, and it is quick when nothing has changed.
"""

from __future__ import annotations

import ctypes.util
import hashlib
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final, NoReturn

ROOT: Final = Path(__file__).resolve().parent
VENV: Final = ROOT / ".venv"
PYTHON: Final = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOCK: Final = ROOT / "requirements.lock"
STAMP: Final = VENV / "setup.stamp"
TORCH_CPU_INDEX: Final = "https://download.pytorch.org/whl/cpu"

# Library -> Debian package. The first nine are enough without a display.
QT_LIBRARIES: Final = {
    "GL": "libgl1", "EGL": "libegl1", "glib-2.0": "libglib2.0-0", "fontconfig": "libfontconfig1",
    "freetype": "libfreetype6", "dbus-1": "libdbus-1-3", "xkbcommon": "libxkbcommon0", "X11": "libx11-6",
    "xcb-cursor": "libxcb-cursor0", "xcb-icccm": "libxcb-icccm4", "xcb-image": "libxcb-image0",
    "xcb-keysyms": "libxcb-keysyms1", "xcb-randr": "libxcb-randr0", "xcb-render-util": "libxcb-render-util0",
    "xcb-render": "libxcb-render0", "xcb-shape": "libxcb-shape0", "xcb-shm": "libxcb-shm0",
    "xcb-sync": "libxcb-sync1", "xcb-util": "libxcb-util1", "xcb-xfixes": "libxcb-xfixes0",
    "xcb-xkb": "libxcb-xkb1", "xkbcommon-x11": "libxkbcommon-x11-0", "X11-xcb": "libx11-xcb1",
}  # fmt: skip
FONT_PACKAGES: Final = ("fonts-dejavu-core", "fonts-inter")


def main() -> int:
    """Do what is still to do.

    Returns:
        0; every failure ends the program with one line and status 1.
    """
    _qt_libraries()
    wanted = _fingerprint()
    if STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted and PYTHON.is_file():
        return 0
    if not PYTHON.is_file():
        _make_venv()
    _install()
    STAMP.write_text(wanted, encoding="utf-8")
    print("Ready: make run opens the designer, make test runs every check.")
    return 0


def _fingerprint() -> str:
    parts = [LOCK.read_bytes(), (ROOT / "pyproject.toml").read_bytes(), str(ROOT).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _make_venv() -> None:
    print("Making .venv ...")
    done = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        _fail(f"Python cannot make a virtual environment. On Debian: apt-get install python{version}-venv")


def _install() -> None:
    pins = [line for line in LOCK.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    torch = [pin for pin in pins if pin.startswith("torch==")]
    print("Installing torch ...")
    _pip(["install", *_torch_index(), *torch])
    print("Installing the other locked dependencies ...")
    _pip(["install", "--requirement", str(LOCK)])
    _pip(["install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)])


def _torch_index() -> list[str]:
    if sys.platform == "darwin" or shutil.which("nvidia-smi"):
        return []
    try:
        with urllib.request.urlopen(f"{TORCH_CPU_INDEX}/torch/", timeout=8):  # a constant address
            return ["--index-url", TORCH_CPU_INDEX, "--extra-index-url", "https://pypi.org/simple"]
    except (urllib.error.URLError, OSError, ValueError):
        print("  PyTorch's CPU index cannot be reached: taking what pip finds.")
        return []


def _pip(arguments: list[str]) -> None:
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments, "--quiet"]
    if subprocess.run(command).returncode:
        _fail(f"pip failed. Try it by hand: {' '.join(command)}")


def _qt_libraries() -> None:
    if not sys.platform.startswith("linux") or (VENV / "qt.ok").is_file():
        return
    missing = [package for library, package in QT_LIBRARIES.items() if ctypes.util.find_library(library) is None]
    if missing and not _apt(missing):
        words = "The window needs system libraries that are missing"
        if shutil.which("apt-get"):
            print(f"{words}. Type: sudo apt-get install {' '.join([*missing, *FONT_PACKAGES])}")
        else:
            print(f"{words} ({', '.join(missing)} as Debian names them); install your system's Qt 6 libraries.")


def _apt(missing: list[str]) -> bool:
    if not shutil.which("apt-get") or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    print("Installing the system libraries Qt needs ...")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quiet = {"env": environment, "stdout": subprocess.DEVNULL}
    subprocess.run(["apt-get", "update", "-qq"], **quiet)  # type: ignore[call-overload]  # one set of options
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    done = subprocess.run([*install, *missing, *FONT_PACKAGES], **quiet)  # type: ignore[call-overload]  # as above
    return bool(done.returncode == 0)


def _fail(words: str) -> NoReturn:
    print(words, file=sys.stderr)
    raise SystemExit(1)


if __name__ == "__main__":
    raise SystemExit(main())
