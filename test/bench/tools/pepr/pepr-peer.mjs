#!/usr/bin/env node
/**
 * Pepr with the same mutation: the proxy variables, which are given, in front of each container's own, where they are
 * missing. Runs Pepr's controller as its image does, without the image's unpacking. Argument: port. Environment:
 * PEER_NAMESPACE, PEER_VARIABLES (JSON, name to value), KUBECONFIG, and Pepr's own (SSL_CERT_PATH, PEPR_API_PATH ...).
 */
import pepr from 'pepr';

const { a, Capability, PeprModule } = pepr;
const variables = Object.entries(JSON.parse(process.env.PEER_VARIABLES ?? '{}'));

const injection = new Capability({
  name: 'proxy-variables',
  description: 'Adds the proxy variables to every container.',
  namespaces: [process.env.PEER_NAMESPACE],
});

injection
  .When(a.Pod)
  .IsCreated()
  .Mutate(function addVariables({ Raw: { spec } }) {
    for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
      const names = new Set(container.env?.map(({ name }) => name));
      const missing = variables
        .filter(([name]) => !names.has(name))
        .map(([name, value]) => ({ name, value }));
      container.env = [...missing, ...(container.env ?? [])];
    }
  });

const configuration = {
  description: injection.description,
  pepr: {
    uuid: 'bench',
    onError: 'reject',
    webhookTimeout: 10,
    alwaysIgnore: { namespaces: [] },
    includedFiles: [],
  },
};
const module = new PeprModule(configuration, [injection], { deferStart: true });
module.start(Number(process.argv[2]));
