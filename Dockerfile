# syntax=docker/dockerfile:1.17

# The program: built by the same script as anywhere else, on the Debian whose C library the last stage has.
FROM rust:1.95.0-bookworm AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
ENV CARGO_INCREMENTAL=0
WORKDIR /src

# What lists the dependencies, in a layer of its own: it changes seldom.
RUN --mount=type=cache,id=ringhook-registry,target=/usr/local/cargo/registry \
    cargo install --quiet --locked cargo-cyclonedx --version 0.5.9

# Time of the newest commit: nothing that is built names the time of its building.
ARG SOURCE_DATE_EPOCH=0
COPY . .
# What was downloaded and compiled stays in the builder's caches: after a change only what changed is compiled again.
RUN --mount=type=cache,id=ringhook-registry,target=/usr/local/cargo/registry \
    --mount=type=cache,id=ringhook-target,target=/src/target,sharing=locked \
    image/build release /out

# A C library, the usual authorities and time zones; no shell, no package manager, no OpenSSL. Runs as 65532.
FROM gcr.io/distroless/base-nossl-debian12:nonroot
LABEL org.opencontainers.image.title="Ringhook" \
      org.opencontainers.image.description="Rings every device of a called identity when Twilio asks" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /out/ringhook /usr/local/bin/ringhook
COPY --from=build /out/libgcc_s.so.1 /usr/lib/libgcc_s.so.1
COPY --from=build /out/ringhook.cdx.json /usr/share/doc/ringhook/ringhook.cdx.json
COPY --from=build --chown=65532:65532 /out/data /data
ENV RINGHOOK_LISTEN=0.0.0.0:8080 \
    RINGHOOK_METRICS_LISTEN=0.0.0.0:9464 \
    RINGHOOK_DATA_DIR=/data
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8080 9464
USER 65532:65532
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --start-interval=1s --retries=3 \
    CMD ["/usr/local/bin/ringhook", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/ringhook"]
CMD ["serve"]
