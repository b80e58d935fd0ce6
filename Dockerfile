# k6ci with k6, to run load tests without an installation: docs/docker.md. `make image`, which the release workflow calls,
# sets BASE to an image by digest; without a digest, the tag decides what is built.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
COPY requirements/cloud.txt /build/
# Where packages come from, if not from PyPI.
ARG PIP_INDEX_URL
ARG PIP_NO_INDEX
ARG PIP_FIND_LINKS
# Dependencies by their hashes, into an environment without pip.
RUN python3 -m venv /build/pip \
 && python3 -m venv --without-pip /opt/k6ci/venv \
 && /build/pip/bin/python -m pip --python /opt/k6ci/venv/bin/python install --quiet --no-deps --only-binary :all: \
      --require-hashes --requirement /build/cloud.txt
COPY src /opt/k6ci/src
RUN packages=$(/opt/k6ci/venv/bin/python -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))') \
 && echo /opt/k6ci/src >"$packages/k6ci.pth" \
 && /opt/k6ci/venv/bin/python -I -m compileall -q /opt/k6ci
# The official k6, verified by the hash that k6ci has for this version, or by K6_SHA256.
ARG K6_VERSION=2.3.0
ARG K6_MIRROR=
ARG K6_SHA256=
RUN K6CI_K6_MIRROR=$K6_MIRROR K6CI_K6_SHA256=$K6_SHA256 XDG_CACHE_HOME=/build/cache \
      /opt/k6ci/venv/bin/python -I -m k6ci install-k6 --k6-version "$K6_VERSION" \
 && mkdir /opt/k6ci/bin \
 && cp /build/cache/k6ci/k6/"$K6_VERSION"/*/k6 /opt/k6ci/bin/k6 \
 && printf '#!/bin/sh\nexec /opt/k6ci/venv/bin/python -I -X utf8 -u -m k6ci "$@"\n' >/opt/k6ci/bin/k6ci \
 && chmod 755 /opt/k6ci/bin/k6 /opt/k6ci/bin/k6ci

FROM ${BASE}
# git tells the name of the repository, and is what `k6ci scan` reads.
RUN command -v git >/dev/null \
 || { apt-get update -qq && apt-get install -y -qq --no-install-recommends git && rm -rf /var/lib/apt/lists/*; }
COPY --from=build /opt/k6ci /opt/k6ci
# Any user may be set with --user: the home folder is writable for all of them, and has no secret.
RUN useradd --uid 12345 --home-dir /home/k6ci --create-home k6ci \
 && chmod 1777 /home/k6ci \
 && mkdir /work \
 && chown k6ci /work
ENV HOME=/home/k6ci PATH=/opt/k6ci/bin:$PATH
USER k6ci
WORKDIR /work
ENTRYPOINT ["/opt/k6ci/bin/k6ci"]
CMD ["--help"]
