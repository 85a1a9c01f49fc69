import { type Answer, type DecodedPacket, decode } from 'dns-packet';
import type { OutsideNames } from '../api/index.ts';
import { canonicalName, type DnsClient, isNameExact, opcodeOf, type Rcode } from '../dns/index.ts';
import { isResolved } from '../injection/index.ts';
import { composeAnswer, ERROR_CODE } from './compose-answer.ts';
import { type AnswerPlan, planAnswer } from './plan-answer.ts';
import { zoneOf } from './zone.ts';

/** What became of a query, as the metric counts it. */
export type Outcome = 'cluster' | 'resolved' | 'refused' | 'redirected' | 'malformed' | 'failed';

export interface QueryContext {
  clusterDomain: string;
  /** What the client gets for outside names; undefined while the agent cannot be asked. */
  outsideNames: (client: string) => Promise<OutsideNames | undefined>;
  /** Asks the cluster's DNS; undefined if it does not answer. */
  forward: (message: Buffer, protocol: DnsClient['protocol']) => Promise<Buffer | undefined>;
  asked: (client: string, name: string) => void;
  count: (outcome: Outcome) => void;
}

/** Benchmark addresses (RFC 2544, RFC 5180), which no network routes: transparent mode redirects what is sent there. */
const REDIRECTED = { A: '198.18.0.1', AAAA: '2001:2::1' } as const;
const REDIRECTED_TTL = 5;

/** A message with one question. */
interface Received {
  message: Buffer;
  query: DecodedPacket;
  /** Canonical. */
  name: string;
  /** False if the name differs from the query's bytes: then it is outside of the cluster, however it reads. */
  isExact: boolean;
}

/** Answers a message of a client. Undefined, which is no answer, for what is not a query. */
export async function answerQuery(
  message: Buffer,
  client: DnsClient,
  context: QueryContext,
): Promise<Buffer | undefined> {
  const query = readQuery(message);
  const fault = query && faultOf(query);
  if (query === undefined || fault !== undefined) {
    context.count('malformed');
    return query && fault && composeAnswer({ message, query }, { rcode: fault });
  }
  const name = canonicalName(query.questions?.[0]?.name ?? '');
  const received = { message, query, name, isExact: isNameExact(message, query) };
  const { outcome, answer } = await answerQuestion(received, client, context);
  context.count(outcome);
  return answer;
}

interface Answered {
  outcome: Outcome;
  answer: Buffer;
}

async function answerQuestion(
  received: Received,
  { address, protocol }: DnsClient,
  context: QueryContext,
): Promise<Answered> {
  const { message, query, name, isExact } = received;
  const forward = async (outcome: Outcome): Promise<Answered> => {
    const answer = await context.forward(message, protocol);
    return answer === undefined ? failed(received, "the cluster's DNS does not answer") : { outcome, answer };
  };
  if (isExact && zoneOf(name, context.clusterDomain) === 'cluster') return forward('cluster');
  const outside = await context.outsideNames(address);
  if (outside === undefined)
    return failed(received, 'the agent of the proxy pod does not answer; the next try may succeed');
  const resolved = isExact ? outside.resolved : [];
  if (outside.report && !isResolved(name, resolved)) context.asked(address, name);
  const type = query.questions?.[0]?.type ?? '';
  const asked = { name, type, addressType: address.includes(':') ? 'AAAA' : 'A' } as const;
  const plan = planAnswer(asked, { ...outside, resolved });
  return plan === 'forward' ? forward('resolved') : answerPlanned(received, plan);
}

function answerPlanned(received: Received, plan: Exclude<AnswerPlan, 'forward'>): Answered {
  const { query, name } = received;
  if (plan === 'refuse') {
    const error = { code: ERROR_CODE.blocked, text: explainRefusal(name) };
    return { outcome: 'refused', answer: composeAnswer(received, { rcode: 'NXDOMAIN', error }) };
  }
  const answers = plan === 'redirect' ? [redirectedRecord(query)] : [];
  return { outcome: 'redirected', answer: composeAnswer(received, { rcode: 'NOERROR', answers }) };
}

function redirectedRecord({ questions = [] }: DecodedPacket): Answer {
  const [question] = questions;
  const type = question?.type === 'AAAA' ? 'AAAA' : 'A';
  return { type, name: question?.name ?? '', ttl: REDIRECTED_TTL, data: REDIRECTED[type] };
}

function explainRefusal(name: string): string {
  return `${name} is outside of the cluster, and only names of the cluster are resolved here (dns: ClusterOnly). A client that uses HTTPS_PROXY needs no address: the proxy resolves the name.`;
}

function failed(received: Received, text: string): Answered {
  const error = { code: ERROR_CODE.noReachableAuthority, text };
  return { outcome: 'failed', answer: composeAnswer(received, { rcode: 'SERVFAIL', error }) };
}

/** The code of a query that is not answered by its name. */
function faultOf(query: DecodedPacket): Rcode | undefined {
  if (query.questions?.length !== 1) return 'FORMERR';
  return opcodeOf(query) === 'QUERY' ? undefined : 'NOTIMP';
}

function readQuery(message: Buffer): DecodedPacket | undefined {
  try {
    const packet = decode(message);
    return packet.type === 'query' ? packet : undefined;
  } catch {
    return undefined;
  }
}
