# The page and the API for any host: `make image`, or `docker build .`; with `--target lambda` the
# function alone, as a container image for AWS Lambda. Both hold what ships, pruned and compiled as functions/Makefile
# does it for the zip. The bases are named by tag, which brings security fixes at each build and which Dependabot raises.

# What ships, for both targets. --platform: the wheels must also fit Lambda's Amazon Linux 2023, which is older than
# this base; pip takes each tag by its word, so both are named. The loop: functions/prune.txt says what and why.
FROM python:3.13-slim AS packages
WORKDIR /app/functions
COPY functions/requirements.txt functions/prune.txt /
RUN python -m pip install --no-cache-dir --no-compile --no-deps --only-binary :all: --target . \
        --platform "manylinux_2_28_$(uname -m)" --platform "manylinux2014_$(uname -m)" -r /requirements.txt \
    && while read -r path _; do find . -path "./$path" -prune -exec rm -r {} +; done </prune.txt \
    && python -X no_debug_ranges -m compileall -q --invalidation-mode unchecked-hash .

# Beside it, what takes requests from a port.
FROM packages AS server
COPY requirements.txt /pins.txt
RUN python -m pip install --no-cache-dir --no-compile --only-binary :all: --target . -c /pins.txt \
        uvicorn uvloop httptools \
    && python -m pip install --no-cache-dir --no-compile --no-deps --target . -c /pins.txt fastapi-offline \
    && rm -r bin \
    && python -X no_debug_ranges -m compileall -q --invalidation-mode unchecked-hash .

# What changes most often comes last. chmod: a clone made with a strict umask would be unreadable to another user.
FROM python:3.13-slim AS code
WORKDIR /app
COPY serve.py ./
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
# Shows that everything is there, and compiles what it uses of Python's own library, which this base has as source only.
RUN python -c "import serve, urllib.request"
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["python", "-c", \
    "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/api/health')"]
CMD ["python", "serve.py", "--host", "0.0.0.0"]
