import { decode, encode, type Packet } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { answerMessage } from './answer-message.ts';
import { respond } from './answer-query.ts';
import { rcodeOf } from './records.ts';

const HEADER = 12;
const label = (bytes: string) => [Buffer.from([bytes.length]), Buffer.from(bytes, 'latin1')];

/** A query for the address of a name whose labels have one byte a character. */
function query(...labels: string[]): Buffer {
  const packet: Packet = { type: 'query', id: 7, questions: [{ type: 'A', name: '.' }] };
  const [header, end] = [encode(packet).subarray(0, HEADER), encode(packet).subarray(HEADER)];
  return Buffer.concat([header, ...labels.flatMap(label), end]);
}

describe('answerMessage', () => {
  const asked: string[] = [];
  const answer = answerMessage(async (received) => {
    asked.push(received.questions?.[0]?.name ?? '');
    return respond(received, 'NOERROR', { family: 'A', addresses: ['192.0.2.1'], ttl: 60 });
  });
  const ask = async (message: Buffer) => {
    asked.length = 0;
    const response = (await answer(message, { address: '127.0.0.1', protocol: 'udp' })) ?? Buffer.alloc(0);
    const echoed = response.subarray(HEADER, message.length).equals(message.subarray(HEADER));
    return { ...decode(response), echoed };
  };

  it.each<[string, string[]]>([
    ['bytes that are no UTF-8', ['\xe9\xff', 'ok', 'example']],
    ['a dot within a label', ['a.ok', 'example']],
    ['a line feed, which hides a dot', ['a\n', 'ok', 'example']],
  ])('refuses a name with %s, and gives it back byte by byte', async (_, labels) => {
    const response = await ask(query(...labels));
    expect(response).toMatchObject({ id: 7, echoed: true, answers: [] });
    expect(rcodeOf(response)).toBe('REFUSED');
    expect(asked).toEqual([]);
  });

  it.each<[string, string[]]>([
    ['in upper case', ['OK', 'example']],
    ['in UTF-8', ['b\xc3\xbccher', 'ok', 'example']],
    ['of the root', []],
  ])('asks for a name %s', async (_, labels) => {
    const response = await ask(query(...labels));
    expect(response).toMatchObject({ id: 7, echoed: true, answers: [{ data: '192.0.2.1' }] });
    expect(asked).toHaveLength(1);
  });
});
