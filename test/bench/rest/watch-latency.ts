import { connect, type Socket } from 'node:net';
import { API_VERSION, type EgressRuleSet } from '../../../src/api/index.ts';
import { type KubeClient, resources } from '../../../src/kube/index.ts';
import { SHOP } from '../admission/reviews.ts';

/** Target of the test's stage; an address, so that no name is resolved. */
const TARGET = (number: number) => `203.0.113.${number}`;

/**
 * Milliseconds from the request to the API server that makes a rule set until every agent allows by it. Each agent is
 * asked without pause meanwhile.
 */
export async function ruleToEffect(
  client: KubeClient,
  sockets: readonly string[],
  { source, number }: { source: string; number: number },
): Promise<number> {
  const host = TARGET(number);
  const askers = await Promise.all(
    sockets.map((path) => Asker.open(path, `${source} 1024 CONNECT - ${host} 443 -`)),
  );
  await Promise.all(askers.map((asker) => asker.refused));
  const begun = performance.now();
  const ruleSet: EgressRuleSet = {
    apiVersion: API_VERSION,
    kind: 'EgressRuleSet',
    metadata: { namespace: SHOP, name: `change-${number}` },
    spec: { targets: [`${host}:443`] },
  };
  const made = client.create(resources.egressRuleSets, ruleSet);
  const times = await Promise.all(askers.map((asker) => asker.allowed));
  await made;
  return Math.max(...times) - begun;
}

/** Asks one question again and again, as Squid's relay asks. */
class Asker {
  readonly refused: Promise<void>;
  /** The moment of the first answer that allows. */
  readonly allowed: Promise<number>;

  static async open(path: string, question: string): Promise<Asker> {
    const socket = connect(path);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Asker(socket, question);
  }

  private constructor(socket: Socket, question: string) {
    let channel = 0;
    const ask = () => socket.write(`${channel++} ${question}\n`);
    const first = Promise.withResolvers<void>();
    const allowed = Promise.withResolvers<number>();
    this.refused = first.promise;
    this.allowed = allowed.promise;
    socket.setEncoding('latin1').on('data', (answer: string) => {
      first.resolve();
      if (!answer.startsWith('lease ')) return void ask();
      allowed.resolve(performance.now());
      socket.destroy();
    });
    socket.write('acl 3\n');
    ask();
  }
}
