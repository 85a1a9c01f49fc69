import { quantity } from '../fields.ts';
import { Choice, Type } from '../schema.ts';

const Claim = Type.Object(
  {
    claimName: Type.Optional(
      Type.String({ maxLength: 253, description: 'The name of an existing PersistentVolumeClaim.' }),
    ),
    size: Type.Optional(
      Type.String({ description: 'The size of a claim to create. The claim outlives the EgressProxy.' }),
    ),
    storageClassName: Type.Optional(
      Type.String({
        maxLength: 253,
        description: "The StorageClass of a claim to create. Default: the cluster's default one.",
      }),
    ),
    accessMode: Type.Optional(
      Choice(['ReadWriteOnce', 'ReadWriteMany'], {
        description: 'Default: ReadWriteOnce for one replica, else ReadWriteMany.',
      }),
    ),
  },
  { description: 'A claim: set either claimName or size.' },
);

const HostPath = Type.Object(
  { path: Type.String({ maxLength: 4096, description: 'The absolute path of the folder.' }) },
  {
    description:
      'A folder of the node. The Pod Security levels baseline and restricted forbid it, and a container runs as root to give the folder to the agent.',
  },
);

const Persistence = Type.Object(
  {
    pvc: Type.Optional(Claim),
    hostPath: Type.Optional(HostPath),
    maxSize: quantity(
      "The total size of all files in the volume's folder. The oldest files are deleted.",
      '1Gi',
    ),
    fileSize: quantity('The size at which a file is rotated.', '64Mi'),
  },
  {
    description:
      'Writes the log to files on a volume, one series for each pod: a claim or a folder of the node.',
  },
);

export const AccessLog = Type.Object({
  format: Type.Optional(
    Choice(['json', 'squid', 'combined'], {
      default: 'json',
      description:
        "The format of the files and, with squid or combined, of the container log-streamer. The agent's own log is always JSON.",
    }),
  ),
  query: Type.Optional(
    Choice(['Keep', 'Redact'], {
      default: 'Redact',
      description: 'Whether the audit log shows or redacts query strings.',
    }),
  ),
  maxSize: quantity(
    'How much log the proxy buffers while the agent is down. Beyond it lines are lost and counted.',
    '64Mi',
  ),
  persistence: Type.Optional(Persistence),
});
