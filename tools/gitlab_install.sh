k6ci_install() (
  set -ef
  unset K6_CLOUD_TOKEN K6CI_ENV K6CI_GITLAB_TOKEN CI_JOB_TOKEN CI_REGISTRY_PASSWORD CI_DEPLOY_PASSWORD
  IFS=:
  k6ci_path=
  for k6ci_entry in $PATH; do
    case "$k6ci_entry" in
      "$CI_PROJECT_DIR" | "$CI_PROJECT_DIR"/* | *..*) ;;
      /*) k6ci_path="$k6ci_path${k6ci_path:+:}$k6ci_entry" ;;
    esac
  done
  unset IFS
  PATH=$k6ci_path
  k6ci_home="$CI_PROJECT_DIR.tmp/k6ci-$CI_JOB_ID"
  mkdir -p "$CI_PROJECT_DIR.tmp"
  mkdir -m 700 "$k6ci_home" # fails if it exists: another user may own it
  cd "$k6ci_home"
  case "$K6CI_PACKAGE" in
    ./* | ../*) printf '%s\n' "$CI_PROJECT_DIR/$K6CI_PACKAGE" >k6ci.txt ;;
    *) printf '%s\n' "$K6CI_PACKAGE" >k6ci.txt ;;
  esac
  for k6ci_name in HOME PIP_CACHE_DIR UV_CACHE_DIR PIP_CONFIG_FILE; do
    k6ci_value=
    eval "k6ci_value=\${$k6ci_name-}"
    case "$k6ci_value" in
      "$CI_PROJECT_DIR" | "$CI_PROJECT_DIR"/* | [!/]* | *..*) eval "$k6ci_name=\$k6ci_home" ;;
    esac
  done
  if [ "${PIP_CONFIG_FILE-}" = "$k6ci_home" ]; then PIP_CONFIG_FILE=; fi
  set -- PATH="$PATH" PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 UV_NO_CONFIG=1
  for k6ci_name in HOME LANG LC_ALL TMPDIR HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy \
    all_proxy no_proxy SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE PIP_CONFIG_FILE PIP_INDEX_URL PIP_EXTRA_INDEX_URL \
    PIP_NO_INDEX PIP_FIND_LINKS PIP_CERT PIP_CLIENT_CERT PIP_TRUSTED_HOST PIP_PROXY PIP_DEFAULT_TIMEOUT PIP_RETRIES \
    PIP_CACHE_DIR UV_CACHE_DIR UV_DEFAULT_INDEX UV_INDEX UV_INDEX_URL UV_EXTRA_INDEX_URL UV_FIND_LINKS UV_OFFLINE \
    UV_NATIVE_TLS UV_SYSTEM_CERTS UV_HTTP_TIMEOUT UV_INSECURE_HOST; do
    eval "if [ -n \"\${$k6ci_name-}\" ]; then set -- \"\$@\" \"$k6ci_name=\$$k6ci_name\"; fi"
  done
  env -i "$@" python3 -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "k6ci needs Python 3.11 or later as python3 -> set the input 'image' to one that has it"
    exit 2
  }
  if command -v uv >/dev/null; then
    env -i "$@" python3 -I -m venv --without-pip venv
    set -- "$@" uv --no-config pip install --quiet --python venv/bin/python
  else
    env -i "$@" python3 -I -m venv venv
    set -- "$@" venv/bin/python -I -m pip install --quiet
  fi
  # k6ci contains the hashes of its dependencies; the input 'package' can contain the hash of k6ci itself.
  env -i "$@" --no-deps --only-binary :all: -r k6ci.txt
  k6ci_lock=$(env -i venv/bin/python -I -c 'import k6ci; print(k6ci.__path__[0])')/locks/scan.txt
  case "$K6CI_PACKAGE" in *"["*) k6ci_lock=${k6ci_lock%scan.txt}gitlab.txt ;; esac # k6ci[gitlab]
  if [ -f "$k6ci_lock" ]; then
    env -i "$@" --no-deps --only-binary :all: --require-hashes -r "$k6ci_lock"
  fi
)
k6ci_install
