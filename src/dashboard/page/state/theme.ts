import { effect, signal } from '@preact/signals';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const STORAGE = 'kube-egress-theme';

export const theme = signal<Theme>(
  themes.find((known) => known === localStorage.getItem(STORAGE)) ?? 'system',
);

const prefersDark = matchMedia('(prefers-color-scheme: dark)');
/** Whether the page is dark now, for the chart, whose colours are not in CSS. */
export const isDark = signal(false);

effect(() => {
  const chosen = theme.value;
  if (chosen === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = chosen;
  localStorage.setItem(STORAGE, chosen);
  isDark.value = chosen === 'dark' || (chosen === 'system' && prefersDark.matches);
});
prefersDark.addEventListener('change', () => {
  if (theme.value === 'system') isDark.value = prefersDark.matches;
});
