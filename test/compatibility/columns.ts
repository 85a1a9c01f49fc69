/** Addresses of what the matrix's pods can ask for, as the cluster gave them. */
export interface Places {
  namespace: string;
  otherNamespace: string;
  clusterIP: string;
  podIP: string;
  podIPv6: string;
}

/** One request of each client. `expected` tells an outcome that is as it should be. */
export interface Column {
  title: string;
  url: (places: Places) => string;
  expected: 'answered' | 'refused';
}

const PORT = 8080;

export const columns: readonly Column[] = [
  { title: 'HTTP', url: () => 'http://www.example.com/', expected: 'answered' },
  { title: 'HTTPS', url: () => 'https://www.example.com/', expected: 'answered' },
  { title: 'refused HTTP', url: () => 'http://forbidden.example.com/', expected: 'refused' },
  { title: 'refused HTTPS', url: () => 'https://forbidden.example.com/', expected: 'refused' },
  {
    title: 'Service, full name',
    url: ({ namespace }) => `http://web.${namespace}.svc.cluster.local:${PORT}/`,
    expected: 'answered',
  },
  { title: 'Service, bare name', url: () => `http://web:${PORT}/`, expected: 'answered' },
  {
    title: 'Service, name.namespace',
    url: ({ otherNamespace }) => `http://web.${otherNamespace}:${PORT}/`,
    expected: 'answered',
  },
  { title: 'StatefulSet peer', url: () => `http://peer-0.peers:${PORT}/`, expected: 'answered' },
  { title: 'ClusterIP', url: ({ clusterIP }) => `http://${clusterIP}:${PORT}/`, expected: 'answered' },
  { title: 'pod IPv4', url: ({ podIP }) => `http://${podIP}:${PORT}/`, expected: 'answered' },
  { title: 'pod IPv6', url: ({ podIPv6 }) => `http://[${podIPv6}]:${PORT}/`, expected: 'answered' },
];
