# The service in a container: one binary on a base without shell, package manager or root.
#
#   docker build --tag fenji .
#   docker run --read-only --publish 8080:8080 --env DATABASE_URL=postgres://… --env FENJI_JWT_SECRET=… fenji
#
# There are no Postgres programs inside: the container needs DATABASE_URL. It writes no file, so that its root can be
# read-only. Build and run share Debian 12, and with it the C library the binary is linked to.

FROM docker.io/library/rust:1.95.0-bookworm AS builder
WORKDIR /build
# The image's own toolchain is the one that rust-toolchain.toml names; nothing more is downloaded.
ENV RUSTUP_TOOLCHAIN=1.95.0 CARGO_TERM_COLOR=never
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked && cp target/release/fenji /fenji

FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="fenji" \
      org.opencontainers.image.licenses="Apache-2.0 OR MIT"
COPY --from=builder /fenji /usr/local/bin/fenji
ENV FENJI_LISTEN=0.0.0.0:8080
EXPOSE 8080
USER 65532:65532
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/fenji"]
CMD ["serve"]
