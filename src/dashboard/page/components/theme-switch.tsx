import { type Theme, theme, themes } from '../state/theme.ts';

export function ThemeSwitch() {
  return (
    <label class="theme">
      <span class="hidden">Colours</span>
      <select value={theme.value} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        <option value="system">System colours</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  );
}

function choose(value: string): void {
  theme.value = themes.find((known): known is Theme => known === value) ?? 'system';
}
