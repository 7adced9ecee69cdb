# The one binary, with TLS to PostgreSQL, in an image without compilers, as a user without rights.
#
#     docker build -t patron .
#     docker run -p 127.0.0.1:8080:8080 -v patron-data:/data patron

FROM rust:1.95-bookworm AS builder
WORKDIR /build
COPY . .
# The caches outlive the layer, so that a changed line of code does not compile OpenSSL again; the binary must leave
# them within the same step. postgres-tls builds OpenSSL from source, for which this image has perl and make.
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/build/target \
    cargo build --release --locked --features postgres-tls \
    && cp target/release/patron /usr/local/bin/patron

FROM debian:bookworm-slim
# The authorities against which a managed PostgreSQL proves who it is (sslmode=verify-full).
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
# A fixed number, so that rights on mounted folders can be given to it.
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin patron \
    && install -d -o patron -g patron -m 0750 /data
COPY --from=builder /usr/local/bin/patron /usr/local/bin/patron
USER patron
WORKDIR /data
# The SQLite file with its write-ahead log, and beside it the key that signs access tokens.
VOLUME /data
ENV DATABASE_URL=sqlite:///data/patron.db \
    PATRON_ADDR=0.0.0.0:8080
EXPOSE 8080
# There is no curl in here: the binary asks its own server.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["patron", "healthcheck"]
# SIGTERM lets the requests that are under way finish, for PATRON_SHUTDOWN_SECONDS at most (30); give docker stop more than that.
ENTRYPOINT ["patron"]
CMD ["serve"]
