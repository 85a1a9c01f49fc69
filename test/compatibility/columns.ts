/** Pods of the matrix: with the proxy variables alone, with `clientEnv` for Java and Node.js, in transparent mode. */
export type MatrixPod = 'variables' | 'client-env' | 'transparent';

/** Addresses of what the matrix's pods can ask for, as the cluster gave them. */
export interface Places {
  namespace: string;
  otherNamespace: string;
  clusterIP: string;
  podIP: string;
  podIPv6: string;
}

/** One request of each client. */
export interface Column {
  title: string;
  url: (places: Places) => string;
  /** The outcome of a client that works; `shown` if either is to be read from the cell. */
  expected: 'answered' | 'refused' | 'shown';
  /** The pod that asks, where it is not the one that has what the client needs. */
  pod?: MatrixPod;
  /** Request of the clients that have `upload`; the others leave the cell empty. */
  transfer?: 'upload' | 'silence';
}

const PORT = 8080;

/** Size of the file that is uploaded, in MB of 1,000,000 bytes. */
export const UPLOAD_MB = 300;

/** Seconds in which nothing is sent on an open request: longer than the usual 60 s of a proxy. */
export const SILENCE_SECONDS = 90;

export const columns: readonly Column[] = [
  {
    title: 'HTTPS by the variables alone',
    url: () => 'https://www.example.com/',
    expected: 'shown',
    pod: 'variables',
  },
  { title: 'HTTP', url: () => 'http://www.example.com/', expected: 'answered' },
  { title: 'HTTPS', url: () => 'https://www.example.com/', expected: 'answered' },
  { title: 'refused HTTP', url: () => 'http://unlisted.example.com/', expected: 'refused' },
  { title: 'refused HTTPS', url: () => 'https://unlisted.example.com/', expected: 'refused' },
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
  {
    title: `upload of ${UPLOAD_MB} MB`,
    url: () => 'https://www.example.com/upload',
    expected: 'answered',
    transfer: 'upload',
  },
  {
    title: `${SILENCE_SECONDS} s of silence`,
    url: () => `https://www.example.com/silence?seconds=${SILENCE_SECONDS}`,
    expected: 'answered',
    transfer: 'silence',
  },
];
