/** Who lives where in the test's network namespace. 203.0.113.0/24 plays the internet simulator: documentation, RFC 5737. */
export const ORIGIN = '203.0.113.10';
/** Ports of ORIGIN: one speaks TLS, one speaks first and repeats what it reads, and one answers after its client's end. */
export const TLS_PORT = 8443;
export const GREETER_PORT = 2525;
export const COUNTER_PORT = 2626;
/** Another server of the internet simulator, where nothing of a test that refuses may arrive. */
export const ELSEWHERE = '203.0.113.66';
export const NAMESERVER = '203.0.113.53';
/** A server inside, that no name may lead to. */
export const INSIDE = '10.99.0.1';
export const PROXY = '10.244.0.2';
export const PROXY_PORT = 3128;
export const POD_RANGE = '10.244.0.0/16';
export const PODS = Array.from({ length: 12 }, (_, index) => `10.244.1.${index + 1}`);
/** Where the tests' parent proxies live: private addresses, as behind an internal load balancer. */
export const PARENTS = ['10.50.0.1', '10.50.0.2', '10.50.0.3'] as const;
/** An address of no pod, outside the pods' range. */
export const STRANGER = '10.77.0.1';
/** Addresses that never answer: documentation, RFC 5737. */
export const SILENT = '198.51.100.0/24';
