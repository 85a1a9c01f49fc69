import { useMemo } from 'preact/hooks';
import { type FlowFilter, isEmpty, outcomes, parseFilter } from '../flows/flow-filter.ts';
import { flows } from '../state/live-flows.ts';
import { replaceRoute } from '../state/location.ts';

const words = { refused: 'Refused', observed: 'Would be refused', allowed: 'Allowed', open: 'Open' };

/** Inputs of the filter. Each change updates the URL, which can be shared. */
export function FlowFilterBar({ filter, id }: { filter: FlowFilter; id: string | undefined }) {
  const namespaces = useMemo(
    () => [...new Set(flows.value.flatMap(({ namespace }) => namespace ?? []))].sort(),
    [flows.value],
  );
  const change = (name: keyof FlowFilter, value: string) => {
    const query = new URLSearchParams(Object.entries({ ...filter, [name]: value }) as [string, string][]);
    replaceRoute({ view: 'flows', filter: parseFilter(query), ...(id !== undefined && { id }) });
  };
  const text = (name: 'namespace' | 'pod' | 'target', label: string, list?: string) => (
    <label>
      {label}
      <input
        type="search"
        value={filter[name] ?? ''}
        list={list}
        spellcheck={false}
        autocomplete="off"
        onInput={({ currentTarget }) => change(name, currentTarget.value)}
      />
    </label>
  );
  return (
    <search aria-label="Filter requests">
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        {text('namespace', 'Namespace', 'known-namespaces')}
        <datalist id="known-namespaces">
          {namespaces.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        {text('pod', 'Pod')}
        {text('target', 'Target')}
        <label>
          Outcome
          <select
            value={filter.outcome ?? ''}
            onChange={({ currentTarget }) => change('outcome', currentTarget.value)}
          >
            <option value="">Any</option>
            {outcomes.map((outcome) => (
              <option key={outcome} value={outcome}>
                {words[outcome]}
              </option>
            ))}
          </select>
        </label>
        {!isEmpty(filter) && (
          <button type="button" class="plain" onClick={() => replaceRoute({ view: 'flows', filter: {} })}>
            Clear
          </button>
        )}
      </form>
    </search>
  );
}
