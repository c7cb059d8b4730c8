# The page and the API for any host: `make image`, or `docker build .`; with `--target lambda`, only the function, as a
# container image for AWS Lambda. Both are pruned and compiled as in functions/Makefile. The base images are pinned by
# tag: each build gets security fixes, and Dependabot updates them.

# Packages of both targets. --platform: the wheels must also run on Lambda's Amazon Linux 2023, which is older than this
# base image; pip matches tags literally, so both are listed. The loop removes the files in functions/prune.txt.
FROM python:3.13-slim AS packages
WORKDIR /app/functions
COPY functions/requirements.txt functions/prune.txt /
RUN python -m pip install --no-cache-dir --no-compile --no-deps --only-binary :all: --target . \
        --platform "manylinux_2_28_$(uname -m)" --platform "manylinux2014_$(uname -m)" --require-hashes -r /requirements.txt \
    && while read -r path _; do find . -path "./$path" -prune -exec rm -r {} +; done </prune.txt \
    && python -X no_debug_ranges -m compileall -q --invalidation-mode unchecked-hash .

# With those of the web server; pip skips what is there, and restores what was pruned.
FROM packages AS server
COPY server/requirements.txt /server.txt
RUN python -m pip install --no-cache-dir --no-compile --no-deps --only-binary :all: --target . --require-hashes -r /server.txt \
    && while read -r path _; do find . -path "./$path" -prune -exec rm -r {} +; done </prune.txt \
    && python -X no_debug_ranges -m compileall -q --invalidation-mode unchecked-hash .

# The code is last because it changes most often. chmod: with a strict umask, other users could not read a clone's files.
FROM python:3.13-slim AS code
WORKDIR /app
COPY serve.py command_line.py ./
COPY server server
COPY frontend frontend
COPY functions/digits functions/digits
RUN chmod -R a+rX . && python -X no_debug_ranges -m compileall -q --invalidation-mode unchecked-hash .

FROM public.ecr.aws/lambda/python:3.13 AS lambda
ENV OPENBLAS_NUM_THREADS=1 ORT_DISABLE_TELEMETRY=1
COPY --from=packages /app/functions ${LAMBDA_TASK_ROOT}/
COPY --from=code /app/functions ${LAMBDA_TASK_ROOT}/
CMD ["digits.app.handler"]

FROM python:3.13-slim AS web
ENV OPENBLAS_NUM_THREADS=1 ORT_DISABLE_TELEMETRY=1 PORT=8000 PYTHONPATH=/app/functions
WORKDIR /app
COPY --from=server /app/functions functions
COPY --from=code /app ./
# Fails if a file is missing, and compiles the used part of the standard library, which this base image has as source.
RUN python -c "import server.command, urllib.request"
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["python", "-c", \
    "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/api/health')"]
CMD ["python", "serve.py", "--host", "0.0.0.0"]
