"""Chromium and Chinese fonts for the browser tests: found, or installed by apt, or the remedy in one sentence."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PACKAGES = ("chromium", "fonts-noto-cjk")
REMEDY = "Chromium is missing and could not be installed; install it (Debian: apt-get install chromium fonts-noto-cjk) or set CHROMIUM=/path/to/it."


def found_chromium() -> str | None:
    """`CHROMIUM` if it names a program, else the first browser on the path."""
    named = os.environ.get("CHROMIUM", "")
    if named:
        return shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def install() -> bool:
    """Whether apt-get could install it, as root or through sudo without a password."""
    if shutil.which("apt-get") is None:
        return False
    before = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if before and shutil.which("sudo") is None:
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *PACKAGES]):
        if subprocess.run([*before, "apt-get", *words], env=environment, check=False).returncode != 0:
            return False
    return True


def main() -> int:
    """0 when a browser is there at the end."""
    if found_chromium() or (install() and found_chromium()):
        return 0
    print(REMEDY, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
