import { mkdtempSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explainGateFault, type GateReport, GateReports, GateServer, parseGateReport } from './index.ts';

const report = (id: string, more: Partial<GateReport> = {}): GateReport => ({
  id,
  address: '203.0.113.10',
  outcome: 'passed',
  fault: undefined,
  sni: 'a.example',
  ...more,
});

describe('parseGateReport', () => {
  it.each([
    ['run-1 203.0.113.10 passed - a.example', report('run-1')],
    ['run-1 203.0.113.10 passed - -', report('run-1', { sni: undefined })],
    [
      'run-1 2001:DB8::1 ended ServerNameMismatch b.example',
      report('run-1', {
        address: '2001:db8::1',
        outcome: 'ended',
        fault: 'ServerNameMismatch',
        sni: 'b.example',
      }),
    ],
    ['run-1 203.0.113.10 unread - -', report('run-1', { outcome: 'unread', sni: undefined })],
    ['run-1 203.0.113.10 passed NotTLS -', report('run-1', { fault: 'NotTLS', sni: undefined })],
  ])('reads %s', (line, expected) => {
    expect(parseGateReport(line)).toEqual(expected);
  });

  it.each([
    '',
    'run-1',
    'run-1 203.0.113.10 passed -',
    'run-1 203.0.113.10 left - a',
    'run-1 203.0.113.10 ended Odd a',
    'run-1 203.0.113.10 passed - a b',
  ])('takes no other line: %s', (line) => {
    expect(parseGateReport(line)).toBeUndefined();
  });
});

describe('GateReports', () => {
  it('tells of a tunnel once, however often the gate repeats it', () => {
    const told: string[] = [];
    const reports = new GateReports(({ id }) => told.push(id));
    reports.add(report('a'));
    reports.end('a');
    reports.add(report('a'));
    reports.add(report('b'));
    expect(told).toEqual(['a', 'b']);
  });

  it('keeps a report after the end of its tunnel, for log files that are behind', () => {
    const reports = new GateReports();
    reports.add(report('a'));
    reports.end('a');
    expect(reports.get('a')).toEqual(report('a'));
    for (let index = 0; index < 10_000; index += 1) {
      reports.add(report(`${index}`));
      reports.end(`${index}`);
    }
    expect(reports.get('a')).toBeUndefined();
  });
});

describe('GateServer', () => {
  const said = async (text: string) => {
    const path = join(mkdtempSync(join(tmpdir(), 'gate-')), 'gate.sock');
    const server = new GateServer(path);
    const reports: GateReport[] = [];
    await server.listen((each) => reports.push(each));
    const socket = connect(path);
    socket.write(text);
    socket.end();
    await new Promise((resolve) => socket.on('close', resolve).resume());
    await server.close();
    return reports.map(({ id }) => id);
  };

  it('reads the lines of a gate', async () => {
    expect(await said('gate 1\na 203.0.113.10 passed - x\nodd\nb 203.0.113.10 passed - x\n')).toEqual([
      'a',
      'b',
    ]);
  });

  it('reads nothing of another protocol', async () => {
    expect(await said('gate 2\na 203.0.113.10 passed - x\n')).toEqual([]);
  });
});

describe('explainGateFault', () => {
  it('says what was wrong and what to do', () => {
    expect(
      explainGateFault(report('run-1', { fault: 'ServerNameMismatch', sni: 'b.example' }), 'a.example:443'),
    ).toBe(
      'ServerNameMismatch: the tunnel to a.example:443 was ended, with the TLS server name b.example: let the program ask for the name that it connects to, or request a rule for the other name (id run-1)',
    );
  });
});
