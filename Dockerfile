# The product's one image: Node with the bundles of dist/ (npm run build makes it), Squid with OpenSSL, GoAccess, nft, ss.
# A base that brings the packages is taken as it is, so that the build works without a package archive, too.
ARG BASE=docker.io/library/debian:bookworm-slim

FROM ${BASE} AS installed
RUN set -eu; \
    if ! [ -x /usr/sbin/squid ] || ! [ -x /usr/bin/goaccess ] || ! [ -x /usr/sbin/nft ] || ! [ -x /usr/bin/ss ] || ! [ -e /etc/ssl/certs/ca-certificates.crt ]; then \
      apt-get update; \
      DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends squid-openssl goaccess nftables iproute2 ca-certificates; \
    fi
# What nothing here uses goes: documentation, Perl with the package tools that need it, Squid's helpers and languages,
# libraries that only these link
# (without unlinkd Squid does not start, though only a disk cache uses it).
# /var/lib/dpkg/status stays, because scanners of images read it.
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

# Node changes seldom, the bundles often: each gets a layer of its own.
FROM installed AS bundles
COPY dist /dist
RUN mv /dist/bin/node /node

# In one layer, without what was deleted and without the file capabilities that Debian sets.
FROM scratch AS runtime
COPY --from=installed / /

FROM runtime
ENV PATH=/opt/kube-egress/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    NODE_ENV=production
COPY --from=bundles /node /opt/kube-egress/bin/node
COPY --from=bundles /dist /opt/kube-egress
USER 65532:65532
ENTRYPOINT ["/opt/kube-egress/bin/kube-egress"]
