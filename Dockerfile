# smsherald in an image. Another registry or a digest:
#   docker build --build-arg BASE=registry.example/python:3.13-slim@sha256:… .
# docs/container.md says how it is built so that twice the same comes out, and how it is run.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore \
    PYTHONDONTWRITEBYTECODE=1
WORKDIR /build

# What changes rarely comes first: a change of the code installs nothing anew.
COPY requirements.txt requirements-build.txt requirements-release.txt ./
RUN python3 -m venv tools \
    && tools/bin/pip install --no-compile --require-hashes --only-binary :all: -r requirements-build.txt \
    && tools/bin/pip install --no-compile --require-hashes --only-binary :all: -r requirements-release.txt \
    && python3 -m venv --without-pip /opt/smsherald \
    && tools/bin/pip --python /opt/smsherald/bin/python3 install --no-compile --report installed.json \
        --require-hashes --only-binary :all: -r requirements.txt

# Compiled by content: the times of the files do not matter. Of Twilio's products the daemon asks one;
# the rest, 20 MB, is compiled by whoever imports it.
COPY pyproject.toml README.md LICENSE ./
COPY daemon daemon
COPY scripts/sbom.py scripts/
RUN tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && tools/bin/pip --python /opt/smsherald/bin/python3 install --no-compile --no-deps --no-index dist/*.whl \
    && tools/bin/python3 scripts/sbom.py /opt/smsherald/bin/python3 installed.json sbom.json \
    && /opt/smsherald/bin/python3 -m compileall -q --invalidation-mode unchecked-hash \
        -x 'twilio/rest/(?!api/|__init__)' /opt/smsherald/lib

FROM ${BASE}
# A number, so that an orchestrator can see that it is not root. By hand: useradd writes the day down.
RUN echo 'smsherald:x:10001:' >>/etc/group \
    && echo 'smsherald:x:10001:10001::/var/lib/smsherald:/usr/sbin/nologin' >>/etc/passwd \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/smsherald
COPY --from=build /build/sbom.json /usr/share/doc/smsherald/sbom.json
COPY --from=build /opt/smsherald /opt/smsherald
COPY config /etc/smsherald

# The ledger is the one thing it writes; all else may be read-only.
ENV PATH=/opt/smsherald/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONFAULTHANDLER=1 \
    SMSHERALD__HTTP__LISTEN=0.0.0.0:8790 \
    STATE_DIRECTORY=/var/lib/smsherald
WORKDIR /var/lib/smsherald
VOLUME /var/lib/smsherald
EXPOSE 8790
USER 10001:10001

STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python3", "-c", "import os, urllib.request as http; http.urlopen('http://127.0.0.1:' + os.environ['SMSHERALD__HTTP__LISTEN'].split(':')[-1] + '/livez', timeout=4)"]
ENTRYPOINT ["smsherald"]
CMD ["run"]

# Last: another commit is no other layer.
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="smsherald" \
    org.opencontainers.image.description="Events on RabbitMQ become text messages, once each, whatever crashes." \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.created="${CREATED}" \
    smsherald.sbom="/usr/share/doc/smsherald/sbom.json"
