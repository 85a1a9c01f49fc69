/** The certificate that the webhook serves with. */
export { ServingCertificate } from './serving-certificate.ts';
