"""Makes `.venv` from the hashed requirements and compiles translations; does nothing when nothing changed.

Runs under the machine's own Python with its standard library alone, and keeps to old syntax,
so that an old Python gets a sentence instead of a traceback.
usage: python3 scripts/bootstrap.py [--dev]
"""

import hashlib
import os
import subprocess
import sys
import tempfile

BASE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(BASE, ".venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")
OLDEST_PYTHON = (3, 11)
OLDEST_PIP = (22, 3)  # knows `pip --python`


def stop(japanese, english):
    """End with one clear sentence in both languages."""
    sys.stderr.write("\n" + japanese + "\n" + english + "\n\n")
    raise SystemExit(1)


def check_python():
    """The desk needs Python 3.11."""
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(str(part) for part in sys.version_info[:3])
        stop(
            "Python 3.11 以上が必要です(見つかったのは %s)。make PYTHON=python3.11 run をお試しください。" % found,
            "Python 3.11 or newer is needed (found %s). Install it and run: make PYTHON=python3.11 run" % found,
        )


def check_writable(folder):
    """The folder takes files: tried, because rights alone do not tell for root or a read-only disk."""
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        stop(
            "フォルダ %s に書き込めません(%s)。書き込めるフォルダに置いてください。" % (folder, error.strerror),
            "The folder %s cannot be written (%s). Put the desk into a folder you may write to."
            % (folder, error.strerror),
        )


def fingerprint(file):
    """SHA-256 of a file."""
    with open(file, "rb") as source:
        return hashlib.sha256(source.read()).hexdigest()


def pip_version():
    """Version of the machine's pip; (0, 0) without one."""
    answer = subprocess.run(
        [sys.executable, "-m", "pip", "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    words = answer.stdout.decode(errors="replace").split()
    if answer.returncode or len(words) < 2:
        return (0, 0)
    numbers = words[1].split(".")
    return (int(numbers[0]), int(numbers[1])) if len(numbers) > 1 and numbers[0].isdigit() else (0, 0)


def make_venv():
    """Make the environment; returns the command that installs into it."""
    outside = pip_version() >= OLDEST_PIP
    if not os.path.exists(VENV_PYTHON):
        options = ["--clear", "--without-pip"] if outside else ["--clear"]
        made = subprocess.run([sys.executable, "-m", "venv", *options, VENV])
        if made.returncode:
            stop(
                "仮想環境 .venv を作れませんでした。pip 22.3 以上(または python3-venv)を入れてください。",
                "The environment .venv could not be made. Install pip 22.3 or newer (or python3-venv).",
            )
    if outside:
        return [sys.executable, "-m", "pip", "--python", VENV_PYTHON]
    return [VENV_PYTHON, "-m", "pip"]


def install(requirements, stamp):
    """Install what the file names, checked by hash; the stamp says it is done."""
    print("依存ライブラリを入れています(初回だけ) / installing libraries (first time only) …", flush=True)
    pip = make_venv()
    options = ["install", "--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes"]
    done = subprocess.run(pip + options + ["-r", requirements], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        sys.stderr.write(done.stdout.decode(errors="replace"))
        stop(
            "依存ライブラリを入れられませんでした(上の行が理由です)。ネットワークと pip の設定を確かめてください。",
            "The libraries could not be installed (the lines above say why). Check the network and pip's settings.",
        )
    with open(stamp, "w") as out:
        out.write(fingerprint(requirements))


def up_to_date(requirements, stamp):
    """Whether exactly these requirements were installed."""
    try:
        with open(stamp) as source:
            return os.path.exists(VENV_PYTHON) and source.read() == fingerprint(requirements)
    except OSError:
        return False


def compile_translations():
    """Compile each .po that is newer than its .mo (Babel does it: gettext need not be installed)."""
    for folder, _folders, files in os.walk(os.path.join(BASE, "locale")):
        for name in files:
            source = os.path.join(folder, name)
            target = source[:-3] + ".mo"
            if not name.endswith(".po"):
                continue
            if os.path.exists(target) and os.path.getmtime(target) >= os.path.getmtime(source):
                continue
            command = [VENV_PYTHON, "-m", "babel.messages.frontend", "-q", "compile", "-i", source, "-o", target]
            subprocess.run(command, check=True)


def main(arguments):
    """Everything, in order."""
    check_python()
    dev = "--dev" in arguments
    if not dev:
        check_writable(os.environ.get("SECDESK_VAR") or os.path.join(BASE, "var"))
    name = "requirements-dev.txt" if dev else "requirements.txt"
    requirements = os.path.join(BASE, name)
    stamp = os.path.join(VENV, "." + name + ".sha256")
    if not up_to_date(requirements, stamp):
        check_writable(BASE)
        install(requirements, stamp)
    compile_translations()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        raise SystemExit(130) from None
