# The command `wavemix`, for NVIDIA GPUs or, without CUDA's gigabytes, for CPUs:
#   docker build -t wavemix .
#   docker build -t wavemix --build-arg TORCH_INDEX=URL .    # of an index with torch's CPU builds
#   docker run --rm --shm-size 8g -v "$PWD:/work" --user "$(id -u):$(id -g)" wavemix --help
FROM python:3.11-slim-bookworm

ARG TORCH_INDEX=

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONUNBUFFERED=1

# OpenCV links to them; their versions are the image's
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/*

# before the sources, so that a change of those does not install it again
WORKDIR /source
COPY requirements.txt ./
# torch as it comes by default is the CUDA build
RUN if [ -n "$TORCH_INDEX" ]; then pip install --no-cache-dir --index-url "$TORCH_INDEX" \
        "$(grep '^torch==' requirements.txt)"; fi \
    && pip install --no-cache-dir -r requirements.txt

COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation .

# caches of torch and matplotlib go with the container
ENV HOME=/tmp
WORKDIR /work
# nobody
USER 65534
ENTRYPOINT ["wavemix"]
CMD ["--help"]
