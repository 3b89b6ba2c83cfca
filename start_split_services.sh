#!/usr/bin/env bash
# Starts BlogQA on this machine with nothing but Python 3.11: see --help. The work is done by local_stack/.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)

is_recent() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

for python in "$root/.venv/bin/python" python3.11 python3 python3.12 python3.13 python3.14; do
    if is_recent "$python"; then
        # -P: a directory named like one of our packages, in whatever directory this is run from, must not hide ours.
        PYTHONPATH=$root exec "$python" -P -m local_stack "$@"
    fi
done

echo "error: BlogQA needs Python 3.11 or newer: \`apt-get install python3 python3-venv\` (Debian 12, Ubuntu 24.04)," \
    "\`brew install python@3.11\` (macOS), or python.org." >&2
exit 1
