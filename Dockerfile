# syntax=docker/dockerfile:1

FROM rust:1.95.0-slim-bookworm AS build
WORKDIR /build
COPY . .
# What a build leaves behind stays in caches, for the next one; only the program goes on.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target,sharing=locked \
    cargo build --locked --release -p chatchat-server \
    && cp target/release/chatchat-server /usr/local/bin/ \
    && mkdir /data

# No shell, no package manager; glibc and the certificates that the world trusts. It has no tags by version: who wants
# the same bytes each time pins its digest.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /usr/local/bin/chatchat-server /usr/local/bin/
COPY --from=build --chown=65532:65532 /data /data
ENV CHATCHAT_SERVER__LISTEN=0.0.0.0:8080 \
    CHATCHAT_SERVER__DATA_DIR=/data
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=3 CMD ["chatchat-server", "healthcheck"]
ENTRYPOINT ["chatchat-server"]
