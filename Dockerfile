# The product's only image: Node with the bundles in dist/ (from npm run build), Squid with OpenSSL, GoAccess, nft, ss.
# Packages that the base image contains already are not installed, so that the build can run without a package archive.
ARG BASE=docker.io/library/debian:trixie-slim

FROM ${BASE} AS installed
RUN set -eu; \
    if ! [ -x /usr/sbin/squid ] || ! [ -x /usr/bin/goaccess ] || ! [ -x /usr/sbin/nft ] || ! [ -x /usr/bin/ss ] || ! [ -e /etc/ssl/certs/ca-certificates.crt ]; then \
      apt-get update; \
      DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends squid-openssl goaccess nftables iproute2 ca-certificates; \
    fi
# Deletes what nothing here uses: documentation, Perl with the package tools that need it, Squid's helpers and
# languages, and libraries that only these link. unlinkd is kept because Squid does not start without it, though only a
# disk cache uses it. /var/lib/dpkg/status is kept because image scanners read it.
RUN set -eu; \
    find /usr/lib/squid -mindepth 1 ! -name log_file_daemon ! -name unlinkd -delete; \
    find /usr/share/squid/errors/ -mindepth 1 -maxdepth 1 ! -name templates ! -name en ! -name en-us -exec rm -rf {} +; \
    rm -rf /usr/share/doc /usr/share/man /usr/share/info /usr/share/locale /usr/share/lintian /usr/share/bug \
      /usr/share/bash-completion /usr/share/perl* /usr/lib/*/perl* /usr/bin/perl* /usr/bin/*-linux-gnu-perl* \
      /etc/perl /usr/lib/apt /usr/lib/*/libapt-* /usr/bin/apt* /etc/apt /var/lib/apt /var/cache/* /var/log/* \
      /usr/share/keyrings /var/lib/dpkg/info /usr/share/debconf /usr/lib/*/gconv /usr/share/zoneinfo/right \
      /usr/lib/*/libperl.* /usr/lib/*/libgnutls.* /usr/lib/*/libunistring.* \
      /usr/lib/*/libp11-kit.* /usr/lib/*/libhogweed.* /usr/lib/*/libldap-* /usr/lib/*/liblber-* /usr/lib/*/libmvec.*; \
    find / -xdev -type f -perm /6000 -exec chmod a-s {} +; \
    printf 'kube-egress:x:65532:65532::/nonexistent:/usr/sbin/nologin\n' >> /etc/passwd; \
    printf 'kube-egress:x:65532:\n' >> /etc/group; \
    squid -v > /dev/null; goaccess --version > /dev/null; nft --version > /dev/null; ss --version > /dev/null

# Node changes seldom and the bundles often, so each has its own layer.
FROM installed AS bundles
COPY dist /dist
RUN mv /dist/bin/node /node

# Copies everything into one layer, without the deleted files and without the file capabilities that Debian sets.
FROM scratch AS runtime
COPY --from=installed / /

FROM runtime
ENV PATH=/opt/kube-egress/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    NODE_ENV=production
COPY --from=bundles /node /opt/kube-egress/bin/node
COPY --from=bundles /dist /opt/kube-egress
USER 65532:65532
ENTRYPOINT ["/opt/kube-egress/bin/kube-egress"]
