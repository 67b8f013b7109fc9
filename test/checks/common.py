"""What the checks share: the list of the project's own files, and how a finding is told.

In: a tree (the repository, or a copy with a seeded violation, named by --tree). Out: paths relative to it.
As a program it prints the list: `common.py c` for C sources and headers, `common.py all` for everything.
"""
import argparse
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
LEFT_OUT = {"build", ".git", "__pycache__", "node_modules"}


def all_files(tree):
    """Every file that is or would be committed; where git cannot say (a source archive), every file outside build/."""
    listed = None
    if os.path.exists(os.path.join(tree, ".git")) and shutil.which("git"):
        command = ["git", "-C", tree, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, check=False, capture_output=True, text=True)
    if listed and listed.returncode == 0:
        names = listed.stdout.split("\0")
        return sorted(name for name in set(names) if name and os.path.isfile(os.path.join(tree, name)))
    found = []
    for folder, folders, names in os.walk(tree):
        folders[:] = [name for name in folders if name not in LEFT_OUT]
        found += [os.path.relpath(os.path.join(folder, name), tree) for name in names]
    return sorted(found)


def c_files(tree):
    return [name for name in all_files(tree) if name.endswith((".c", ".h"))]


def read(tree, name):
    with open(os.path.join(tree, name), encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


def arguments(about, **switches):
    """The options that every check has, and this one's own: name="what it does"."""
    parser = argparse.ArgumentParser(description=about.split("\n", 1)[0])
    parser.add_argument("--tree", default=TREE, help="tree to look at; default: this repository")
    for name, does in switches.items():
        parser.add_argument(f"--{name}", action="store_true", help=does)
    return parser.parse_args()


def finish(name, findings, looked_at, unit):
    """Print findings and end the program. A check that looked at nothing has failed."""
    for finding in findings:
        print(finding)
    if looked_at == 0:
        print(f"{name}: found no {unit} to look at")
        sys.exit(1)
    print(f"{name}: {looked_at} {unit}, {len(findings)} violations")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    print("\n".join(c_files(TREE) if sys.argv[1:] == ["c"] else all_files(TREE)))
