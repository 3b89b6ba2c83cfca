#!/usr/bin/env bash
# Installs what the tests need and runs all of them, or with --smoke only the split test against a deployment.
set -euo pipefail

usage() {
    cat <<'USAGE'
Usage: ./test_split_architecture.sh [--smoke URL [--page URL]] [PYTEST_ARGUMENT ...]

  (no option)   checks, unit tests, integration tests on a real mongod, the widget's tests in a real Chromium,
                and the split test on a stack of its own
  --smoke URL   only the split test, against the deployment at URL; takes BLOGQA_API_KEY and BLOGQA_ADMIN_KEY
                from the environment, else (on loopback) from .blogqa/keys.env
  --page URL    with --smoke: the page to process (default: a demo article of the deployment)

What is left of the arguments goes to pytest, e.g. `-k queue`.
USAGE
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
cd "$root"

smoke='' page=''
while [ $# -gt 0 ]; do
    case $1 in
        --smoke | --page)
            [ $# -ge 2 ] || { echo "error: $1 needs a URL after it." >&2; exit 2; }
            if [ "$1" = --smoke ]; then smoke=$2; else page=$2; fi
            shift 2
            ;;
        --smoke=* | --page=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
        -h | --help) usage; exit 0 ;;
        *) break ;;
    esac
done

if [ -n "$page" ] && [ -z "$smoke" ]; then
    echo "error: --page goes with --smoke URL." >&2
    exit 2
fi

python=''
for candidate in python3.11 python3 python3.12 python3.13 python3.14; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || { echo "error: BlogQA's tests need Python 3.11 or newer." >&2; exit 1; }
PYTHONPATH=$root "$python" -P -m local_stack.install dev
PATH=$root/.venv/bin:$PATH

# The browser that the widget's tests drive: BLOGQA_CHROMIUM, else one on PATH, else Debian's.
ensure_chromium() {
    if [ -n "${BLOGQA_CHROMIUM:-}" ]; then return; fi
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        if command -v "$name" >/dev/null; then return; fi
    done
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        echo "error: the widget's tests need Chromium: install it, or set BLOGQA_CHROMIUM to its path." >&2
        exit 1
    fi
    echo "Installing Chromium (once) ..."
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; } >/dev/null
}

# What builds and checks the widget; Node.js itself is among the Python packages.
ensure_node_modules() {
    if [ ui-js/node_modules/.package-lock.json -nt ui-js/package-lock.json ]; then return; fi
    echo "Installing ./ui-js/package-lock.json into ./ui-js/node_modules (once) ..."
    npm --prefix ui-js ci --silent --no-progress
    touch ui-js/node_modules/.package-lock.json
}

passed=0 failed=0
check() { # check NAME COMMAND...
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        passed=$((passed + 1))
        echo "ok    $name"
    else
        failed=$((failed + 1))
        printf '%s\n' "$output" "FAIL  $name"
    fi
}

results=$(mktemp)
trap 'rm -f "$results"' EXIT
run_pytest() {
    python -m pytest --junit-xml="$results" "$@" && status=0 || status=$?
    # An interrupted or broken run has no trustworthy counts, only its exit status.
    counts=$(python - "$results" <<'PYTHON'
import sys
import xml.etree.ElementTree as tree

try:
    suites = list(tree.parse(sys.argv[1]).getroot().iter("testsuite"))
except (tree.ParseError, OSError):
    print("0 0")
else:
    total = sum(int(suite.get("tests", 0)) - int(suite.get("skipped", 0)) for suite in suites)
    bad = sum(int(suite.get("failures", 0)) + int(suite.get("errors", 0)) for suite in suites)
    print(total - bad, bad)
PYTHON
    )
    passed=$((passed + ${counts% *}))
    failed=$((failed + ${counts#* }))
    [ "$status" -eq 0 ] || [ "${counts#* }" -gt 0 ] || failed=$((failed + 1))
}

if [ -n "$smoke" ]; then
    if [ -z "${BLOGQA_API_KEY:-}" ] || [ -z "${BLOGQA_ADMIN_KEY:-}" ]; then
        keys=${BLOGQA_STATE_DIR:-.blogqa}/keys.env
        # This machine's own keys are for this machine's own deployment, and never half of a pair.
        [[ -z "${BLOGQA_API_KEY:-}${BLOGQA_ADMIN_KEY:-}" && -f $keys && $smoke =~ ^https?://(127\.0\.0\.1|localhost)([:/]|$) ]] || {
            echo "error: set BLOGQA_API_KEY and BLOGQA_ADMIN_KEY to the deployment's keys." >&2
            exit 1
        }
        set -a
        # shellcheck disable=SC1090 # written by the start script
        . "$keys"
        set +a
    fi
    BLOGQA_URL=$smoke BLOGQA_SMOKE_PAGE=$page run_pytest -q -s --allow-outbound tests/split "$@"
else
    ensure_chromium
    ensure_node_modules
    check "ruff: lint" ruff check .
    check "ruff: format" ruff format --check .
    check "mypy: strict types" mypy
    check "import-linter: direction of dependencies" lint-imports
    check "shellcheck: scripts" shellcheck blogqa start_split_services.sh test_split_architecture.sh requirements/lock .ci/run
    check "ui-js: types, lint, tests, built files and their size" npm --prefix ui-js run --silent check
    check "chrome-extension: types" ui-js/node_modules/.bin/tsc -p chrome-extension
    # A test that its timeout has ended may hang while it is put away: then its process ends, and the run with it.
    run_pytest -q -n 2 --dist loadfile --max-worker-restart 0 -m "not model" \
        -o faulthandler_timeout=780 -o faulthandler_exit_on_timeout=true "$@"
fi

echo
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
