# The product's only image: Node with the bundles, Squid with OpenSSL, GoAccess, nft, ss. `docker build .` needs nothing on
# the host and builds for its architecture, or for that of --platform (linux/amd64, linux/arm64). Behind a registry of your
# own: docker build --build-arg BASE=registry.example.com/debian:trixie-slim --secret id=npmrc,src=$HOME/.npmrc .
ARG BASE=docker.io/library/debian:trixie-slim

FROM ${BASE} AS installed
RUN set -eu; \
    if ! [ -x /usr/sbin/squid ] || ! [ -x /usr/bin/goaccess ] || ! [ -x /usr/sbin/nft ] || ! [ -x /usr/bin/ss ] || ! [ -e /etc/ssl/certs/ca-certificates.crt ]; then \
      apt-get update; \
      DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends squid-openssl goaccess nftables iproute2 ca-certificates; \
    fi
# Deletes what nothing here uses: documentation (but licences), Perl with the package tools that need it, Squid's helpers and
# languages, libraries that only these link, and what differs from build to build. unlinkd is kept because Squid does not start without it, though only a
# disk cache uses it. /var/lib/dpkg/status is kept because image scanners read it.
RUN set -eu; \
    find /usr/lib/squid -mindepth 1 ! -name log_file_daemon ! -name unlinkd -delete; \
    find /usr/share/squid/errors/ -mindepth 1 -maxdepth 1 ! -name templates ! -name en ! -name en-us -exec rm -rf {} +; \
    find /usr/share/doc -type f ! -name copyright -delete; \
    rm -rf /usr/share/man /usr/share/info /usr/share/locale /usr/share/lintian /usr/share/bug \
      /usr/share/bash-completion /usr/share/perl* /usr/lib/*/perl* /usr/bin/perl* /usr/bin/*-linux-gnu-perl* \
      /etc/perl /usr/lib/apt /usr/lib/*/libapt-* /usr/bin/apt* /etc/apt /var/lib/apt /var/cache/* /var/log/* \
      /usr/share/keyrings /var/lib/dpkg/info /usr/share/debconf /usr/lib/*/gconv /usr/share/zoneinfo/right \
      /usr/lib/*/libperl.* /usr/lib/*/libgnutls.* /usr/lib/*/libunistring.* \
      /usr/lib/*/libp11-kit.* /usr/lib/*/libhogweed.* /usr/lib/*/libldap-* /usr/lib/*/liblber-* /usr/lib/*/libmvec.* \
      /etc/machine-id /etc/*- /etc/.pwd.lock; \
    sed -i -E 's/^([^:]*:[^:]*):[0-9]+:/\1::/' /etc/shadow; \
    find / -xdev -type f -perm /6000 -exec chmod a-s {} +; \
    printf 'kube-egress:x:65532:65532::/nonexistent:/usr/sbin/nologin\n' >> /etc/passwd; \
    printf 'kube-egress:x:65532:\n' >> /etc/group; \
    if ldd /usr/sbin/squid /usr/bin/goaccess /usr/sbin/nft /usr/bin/ss | grep 'not found'; then exit 1; fi; \
    squid -v > /dev/null

# Copies everything into one layer, without the deleted files and without the file capabilities that Debian sets.
FROM scratch AS runtime
COPY --from=installed / /
ENV PATH=/opt/kube-egress/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    NODE_ENV=production
USER 65532:65532
ENTRYPOINT ["/opt/kube-egress/bin/kube-egress"]

# --target prebuilt takes the bundles from dist/ (npm run build): for machines that have Node and no package archive.
FROM installed AS dist
COPY dist /dist
RUN mv /dist/bin/node /node

FROM runtime AS prebuilt
COPY --from=dist /node /opt/kube-egress/bin/node
COPY --from=dist /dist /opt/kube-egress

# Runs on the architecture of the machine and compiles for that of the image.
FROM --platform=${BUILDPLATFORM} ${BASE} AS built
ARG TARGETARCH
RUN set -eu; \
    case "${TARGETARCH}" in \
      amd64) arch=x64 triplet=x86-64-linux-gnu ;; \
      arm64) arch=arm64 triplet=aarch64-linux-gnu ;; \
      *) echo "kube-egress is built for amd64 and arm64, not for ${TARGETARCH}" >&2; exit 1 ;; \
    esac; \
    dpkg --add-architecture "${TARGETARCH}"; \
    apt-get update; \
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      nodejs npm binutils "gcc-${triplet}" "binutils-${triplet}" "libc6-dev:${TARGETARCH}"; \
    echo "arch=${arch}; export CC=${triplet}-gcc STRIP=${triplet}-strip" | sed s/x86-64/x86_64/g > /toolchain
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
COPY scripts/build/fetch-node.ts scripts/build/
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=secret,id=ca,target=/ca.crt \
    . /toolchain && npm ci --loglevel=error && node_modules/.bin/node scripts/build/fetch-node.ts "${arch}"
COPY tsconfig.json ./
COPY scripts/build scripts/build
COPY src src
RUN . /toolchain && npm run build -- --arch "${arch}" && mv dist /dist && mv /dist/bin/node /node && rm -r /dist/kubectl-egress

# Node changes seldom and the bundles often, so each has its own layer.
FROM runtime
COPY --from=built /node /opt/kube-egress/bin/node
COPY --from=built /dist /opt/kube-egress
