import { describe, expect, test } from 'vitest';
import { chooseFaults, faults } from './faults.ts';

const names = (choice: string | undefined) => chooseFaults(choice).map(({ name }) => name);

describe('chooseFaults', () => {
  test('without a choice those of CI, which are few', () => {
    expect(names(undefined)).toEqual(expect.arrayContaining(['webhook killed', 'agent killed']));
    expect(names(undefined).length).toBeLessThan(5);
  });

  test('all of them, or those that are named', () => {
    expect(chooseFaults('all')).toEqual(faults);
    expect(names('Squid killed,webhook')).toEqual(['Squid killed', 'webhook killed', 'webhook ended']);
  });

  test('an unknown name is an error that says which there are', () => {
    expect(() => chooseFaults('weather')).toThrow(/no fault "weather"; there are: webhook killed, /);
  });

  test('no two have the same name', () => {
    expect(new Set(names('all')).size).toBe(faults.length);
  });

  test.each(faults)('$name can be chosen', (fault) => {
    expect(chooseFaults(fault.name)).toContain(fault);
  });
});
