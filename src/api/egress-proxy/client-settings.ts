import { KeyRef } from '../fields.ts';
import { Choice, Type } from '../schema.ts';

/** Further settings that are injected into the pods that the proxy serves. */
export const ClientEnv = Type.Object({
  java: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        'Appends the proxy settings, as system properties, to the variable that javaVariable names.',
    }),
  ),
  javaVariable: Type.Optional(
    Choice(['JAVA_TOOL_OPTIONS', 'JDK_JAVA_OPTIONS'], {
      default: 'JAVA_TOOL_OPTIONS',
      description:
        'JAVA_TOOL_OPTIONS is read by every JVM, but a value of the image is replaced. JDK_JAVA_OPTIONS leaves that value in effect, but only the java command of Java 9 and later reads it.',
    }),
  ),
  node: Type.Optional(Type.Boolean({ default: false, description: 'Sets NODE_USE_ENV_PROXY=1.' })),
  transparent: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        'Redirects what a pod sends to TCP ports 80 and 443 to a sidecar, so that programs that ignore the environment variables use the proxy too.',
    }),
  ),
});

export const TrustBundle = Type.Object(
  {
    configMapRef: { ...KeyRef, description: 'The ConfigMap with the certificates, in PEM format.' },
    publicRoots: Type.Optional(
      Choice(['Include', 'Exclude'], {
        default: 'Include',
        description:
          'Include: programs also trust the public certificate authorities. Exclude: they trust the ConfigMap only.',
      }),
    ),
  },
  {
    description:
      'Certificate authorities that the pods trust, such as that of a TLS-inspecting parent: a ConfigMap in the namespace of the EgressProxy; default key ca.crt. Pods receive it through SSL_CERT_FILE, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE and NODE_EXTRA_CA_CERTS.',
  },
);
