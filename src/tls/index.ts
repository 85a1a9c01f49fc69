/** Certificates: issuing and reading them, and planning their rotation. */
export {
  type CertificateFacts,
  type KeyPair,
  normalizePair,
  readCertificate,
  readFacts,
  readPair,
  splitBundle,
} from './certificate.ts';
export {
  AUTHORITY_LIFETIME,
  createAuthority,
  issueServingCertificate,
  SERVING_LIFETIME,
  serviceNames,
} from './issue.ts';
export {
  type AuthorityPlan,
  type AuthorityState,
  findIssuerFault,
  PROPAGATION,
  planAuthority,
  planRotation,
  planServing,
  type RotationPlan,
  type SecretState,
  type ServingPlan,
} from './rotation.ts';
