import { cidrList, port, serviceTypes } from '../fields.ts';
import { Choice, Type } from '../schema.ts';

export const GoAccess = Type.Object({
  enabled: Type.Optional(
    Type.Boolean({ default: false, description: 'Runs GoAccess in each proxy pod, on port 7890.' }),
  ),
  service: Type.Optional(
    Type.Object(
      {
        type: Type.Optional(
          Choice(serviceTypes, { default: 'ClusterIP', description: 'How the Service is exposed.' }),
        ),
        nodePort: Type.Optional(port({ description: 'The port on the nodes. Default: any free one.' })),
        allowedCIDRs: cidrList(
          'The client ranges that may open the page. Without one, only a port-forward reaches it.',
        ),
      },
      { description: 'A Service `<proxy>-goaccess`.' },
    ),
  ),
});
