import { describe, expect, it } from 'vitest';
import { Exchange } from './exchange.ts';
import { unavailableAnswer } from './unavailable.ts';

describe('Exchange', () => {
  it('keeps a question until its answer', () => {
    const exchange = new Exchange(1000);
    exchange.ask('1 a', 0);
    exchange.ask('2 b', 0);
    expect(exchange.settle('1 OK verdict=allow')).toBe(true);
    expect(exchange.unanswered()).toEqual(['2 b']);
  });

  it('takes one answer to each question, however often it was sent', () => {
    const exchange = new Exchange(1000);
    exchange.ask('1 a', 0);
    expect([exchange.settle('1 OK'), exchange.settle('1 OK'), exchange.settle('9 OK')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('expires the oldest questions and no others', () => {
    const exchange = new Exchange(1000);
    exchange.ask('1 a', 0);
    exchange.ask('2 b', 400);
    exchange.ask('3 c', 900);
    expect(exchange.nextDeadline).toBe(1000);
    expect(exchange.expire(1400)).toEqual(['1', '2']);
    expect(exchange.unanswered()).toEqual(['3 c']);
    expect(exchange.nextDeadline).toBe(1900);
  });

  it('knows no deadline with nothing to wait for', () => {
    expect(new Exchange(1000).nextDeadline).toBeUndefined();
  });
});

describe('unavailableAnswer', () => {
  it('is a refusal with its reason, in words without spaces', () => {
    const answer = unavailableAnswer('17', 'relay-x-0');
    expect(answer).toMatch(
      /^17 OK verdict=deny id=relay-x-0 reason=AgentUnavailable decision=\S+ message=\S+$/,
    );
    expect(decodeURIComponent(answer)).toContain('AgentUnavailable: the egress agent');
  });
});
