import { type Application, emptyDirs, env, mount, restricted, type Workload } from './application.ts';

/** Name, port of the Service, port of the container, and the addresses of its peers in its environment. */
const servers: readonly [string, number, number, Record<string, string>][] = [
  ['emailservice', 5000, 8080, { DISABLE_PROFILER: '1' }],
  [
    'checkoutservice',
    5050,
    5050,
    {
      PRODUCT_CATALOG_SERVICE_ADDR: 'productcatalogservice:3550',
      SHIPPING_SERVICE_ADDR: 'shippingservice:50051',
      PAYMENT_SERVICE_ADDR: 'paymentservice:50051',
      EMAIL_SERVICE_ADDR: 'emailservice:5000',
      CURRENCY_SERVICE_ADDR: 'currencyservice:7000',
      CART_SERVICE_ADDR: 'cartservice:7070',
    },
  ],
  ['recommendationservice', 8080, 8080, { PRODUCT_CATALOG_SERVICE_ADDR: 'productcatalogservice:3550' }],
  ['paymentservice', 50051, 50051, { DISABLE_PROFILER: '1' }],
  ['productcatalogservice', 3550, 3550, {}],
  ['cartservice', 7070, 7070, { REDIS_ADDR: 'redis-cart:6379' }],
  ['currencyservice', 7000, 7000, { DISABLE_PROFILER: '1' }],
  ['shippingservice', 50051, 50051, {}],
  ['adservice', 9555, 9555, {}],
];

const podSecurity = { fsGroup: 1000, runAsGroup: 1000, runAsNonRoot: true, runAsUser: 1000 };

const server = ([name, , port, peers]: (typeof servers)[number]): Workload => ({
  kind: 'Deployment',
  name,
  spec: {
    serviceAccountName: name,
    terminationGracePeriodSeconds: 5,
    securityContext: podSecurity,
    containers: [
      {
        name: 'server',
        image: `shop/${name}:v0.10`,
        ports: [{ containerPort: port }],
        env: env({ PORT: `${port}`, ...peers }),
        securityContext: restricted,
        readinessProbe: { grpc: { port } },
        livenessProbe: { grpc: { port } },
        resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '200m', memory: '128Mi' } },
      },
    ],
  },
});

/** A shop of eleven services; each Deployment comes before its Service in the published file. */
export const microservicesDemo: Application = {
  name: 'microservices-demo',
  source: 'GoogleCloudPlatform/microservices-demo, release/kubernetes-manifests.yaml, read on 2026-11-28',
  workloads: [
    ...servers.map(server),
    {
      kind: 'Deployment',
      name: 'frontend',
      annotations: { 'sidecar.istio.io/rewriteAppHTTPProbers': 'true' },
      spec: {
        securityContext: podSecurity,
        containers: [
          {
            name: 'server',
            image: 'shop/frontend:v0.10',
            ports: [{ containerPort: 8080 }],
            env: env({
              PORT: '8080',
              PRODUCT_CATALOG_SERVICE_ADDR: 'productcatalogservice:3550',
              CURRENCY_SERVICE_ADDR: 'currencyservice:7000',
              CART_SERVICE_ADDR: 'cartservice:7070',
              RECOMMENDATION_SERVICE_ADDR: 'recommendationservice:8080',
              CHECKOUT_SERVICE_ADDR: 'checkoutservice:5050',
              AD_SERVICE_ADDR: 'adservice:9555',
            }),
            securityContext: restricted,
            readinessProbe: {
              httpGet: {
                path: '/_healthz',
                port: 8080,
                httpHeaders: [{ name: 'Cookie', value: 'shop_session-id=x-readiness-probe' }],
              },
            },
          },
        ],
      },
    },
    {
      kind: 'Deployment',
      name: 'loadgenerator',
      spec: {
        restartPolicy: 'Always',
        initContainers: [
          {
            name: 'frontend-check',
            image: 'busybox:latest',
            command: [
              '/bin/sh',
              '-c',
              'until wget -q -O /dev/null "http://$FRONTEND_ADDR"; do sleep 2; done',
            ],
            env: env({ FRONTEND_ADDR: 'frontend:80' }),
            securityContext: restricted,
          },
        ],
        containers: [
          {
            name: 'main',
            image: 'shop/loadgenerator:v0.10',
            env: env({ FRONTEND_ADDR: 'frontend:80', USERS: '10' }),
            securityContext: restricted,
          },
        ],
      },
    },
    {
      kind: 'Deployment',
      name: 'redis-cart',
      spec: {
        containers: [
          {
            name: 'redis',
            image: 'redis:alpine',
            ports: [{ containerPort: 6379 }],
            readinessProbe: { tcpSocket: { port: 6379 } },
            livenessProbe: { tcpSocket: { port: 6379 } },
            volumeMounts: [mount('redis-data', '/data')],
          },
        ],
        volumes: emptyDirs('redis-data'),
      },
    },
  ],
  services: [
    ...servers.map(([name, port]) => [name, port] as const),
    ['frontend', 80],
    ['frontend-external', 80],
    ['redis-cart', 6379],
  ],
};
