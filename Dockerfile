# The product as an image: the API and the worker, not what programs run in. It talks to a Docker Engine outside of it; read
# docs/deployment.md before you give it one.
#
#   docker build -t run-it .                                     # on the published Debian image
#   docker build -t run-it --build-arg BASE=run-it/debian:bookworm .   # where no registry can be reached: on the one that run-it made
#
# Everything comes from Debian's packages and the npm registry, Node included: the lock file pins it.
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
# The classic builder leaves this stage behind as an image without a name; by this it is found.
LABEL run-it.image-stage=build
# Debian's own Node is there to run npm, and stays behind with it.
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends ca-certificates gcc npm
# Authorities of your own, if there are any.
COPY deploy/docker/certificates/ /usr/local/share/ca-certificates/
RUN update-ca-certificates
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
WORKDIR /opt/run-it
COPY package.json package-lock.json .npmrc ./
COPY sdk/package.json sdk/
RUN npm ci --omit=dev --include=optional --ignore-scripts --no-audit --no-fund --no-update-notifier \
 && ln -s "../$(cd node_modules && echo node-linux-*)/bin/node" node_modules/.bin/run-it-node \
 && node_modules/.bin/run-it-node --version
COPY scripts/build-init.sh scripts/
COPY init/ init/
RUN scripts/build-init.sh
COPY src/ src/
COPY sdk/src/ sdk/src/
COPY environments/ environments/
# Nothing but what runs.
RUN find src sdk/src -name '*.test.ts' -delete \
 && find init -mindepth 1 -maxdepth 1 ! -name build -exec rm -r {} + \
 && rm -r scripts package-lock.json .npmrc

FROM ${BASE}
# libstdc++ is Node's, the certificates are for webhooks and for engines over TLS.
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends ca-certificates libstdc++6 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10000 --user-group --home-dir /var/lib/run-it --create-home --shell /usr/sbin/nologin run-it
COPY --from=build /opt/run-it /opt/run-it
COPY deploy/docker/run-it /usr/local/bin/run-it
# The compile cache halves the time to start.
RUN install --directory --owner=run-it /opt/run-it/node_modules/.cache/run-it
USER run-it
ENV RUN_IT_DATA_DIRECTORY=/var/lib/run-it
VOLUME /var/lib/run-it
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s CMD ["/usr/local/bin/run-it", "--is-alive"]
ENTRYPOINT ["/usr/local/bin/run-it"]
CMD ["serve"]
