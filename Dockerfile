# One image for web, workers, beat, migrations and the Chroma server; docker-compose.yml says which does what.
FROM python:3.11-slim AS packages
WORKDIR /build
COPY requirements.txt .
RUN awk '/^uv==/{keep=1} keep{print} keep && !/\\$/{exit}' requirements.txt > uv.txt \
    && pip install --no-cache-dir --require-hashes -r uv.txt \
    && python -m venv /opt/devmatrix \
    && uv pip install --no-cache --python /opt/devmatrix/bin/python --compile-bytecode --require-hashes -r requirements.txt

FROM python:3.11-slim
# git keeps the workspaces; util-linux isolates generated code.
RUN apt-get update \
    && apt-get install -y --no-install-recommends git util-linux \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --shell /usr/sbin/nologin devmatrix \
    && install -d -o devmatrix -g devmatrix -m 750 /data
COPY --from=packages /opt/devmatrix /opt/devmatrix
WORKDIR /app
COPY . .
ENV PATH=/opt/devmatrix/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DEVMATRIX_DEVELOPMENT=false \
    DEVMATRIX_STATE_DIR=/data \
    STATIC_ROOT=/app/staticfiles
# The key is for this one command; the image keeps none.
RUN SECRET_KEY=only-for-collecting python manage.py collectstatic --noinput
USER devmatrix
VOLUME /data
EXPOSE 8000
CMD ["uvicorn", "devmatrix_project.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--proxy-headers", "--ws", "websockets-sansio", "--ws-max-size", "2097152"]
