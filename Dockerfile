# smsherald in an image. Another registry or a digest:
#   docker build --build-arg BASE=registry.example/python:3.13-slim@sha256:… .
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build

# What changes rarely comes first: a change of the code installs nothing anew.
COPY requirements.txt requirements-build.txt ./
RUN python3 -m venv tools \
    && tools/bin/pip install --require-hashes --only-binary :all: -r requirements-build.txt \
    && python3 -m venv --without-pip /opt/smsherald \
    && tools/bin/pip --python /opt/smsherald/bin/python3 \
        install --require-hashes --only-binary :all: -r requirements.txt

COPY pyproject.toml README.md LICENSE ./
COPY daemon daemon
RUN tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && tools/bin/pip --python /opt/smsherald/bin/python3 install --no-deps --no-index dist/*.whl \
    && /opt/smsherald/bin/python3 -m compileall -q /opt/smsherald/lib

FROM ${BASE}
LABEL org.opencontainers.image.title="smsherald" \
    org.opencontainers.image.description="Events on RabbitMQ become text messages, once each, whatever crashes." \
    org.opencontainers.image.licenses="MIT"

# A number, so that an orchestrator can see that it is not root.
RUN groupadd --system --gid 10001 smsherald \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/smsherald \
        --shell /usr/sbin/nologin smsherald \
    && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/smsherald
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
    CMD ["python3", "-c", "import urllib.request as http; http.urlopen('http://127.0.0.1:8790/livez', timeout=4)"]
ENTRYPOINT ["smsherald"]
CMD ["run"]
