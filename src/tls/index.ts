/** Certificates: made, read, and when to make new ones. */
export {
  type CertificateFacts,
  factsOf,
  type KeyPair,
  readCertificate,
  readPair,
  splitBundle,
} from './certificate.ts';
export {
  AUTHORITY_LIFE,
  createAuthority,
  issueServingCertificate,
  SERVING_LIFE,
  serviceNames,
} from './issue.ts';
export {
  type AuthorityPlan,
  type AuthorityState,
  PROPAGATION,
  planAuthority,
  planRotation,
  planServing,
  type RotationPlan,
  type SecretState,
  type ServingPlan,
} from './rotation.ts';
