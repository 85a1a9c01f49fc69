import { useEffect, useState } from 'preact/hooks';

/** Copies a text and says so. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [outcome, setOutcome] = useState<'copied' | 'failed' | undefined>();
  useEffect(() => {
    if (outcome === undefined) return;
    const timer = setTimeout(() => setOutcome(undefined), 3_000);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setOutcome('copied'),
      () => setOutcome('failed'),
    );
  const said = { copied: 'Copied', failed: 'Could not copy: select the text' };
  return (
    <button type="button" class="copy" onClick={copy} aria-live="polite">
      {outcome === undefined ? label : said[outcome]}
    </button>
  );
}

/** A text to be copied, shown as it is. */
export function Snippet({ text, label }: { text: string; label: string }) {
  return (
    <div class="snippet">
      <pre>{text}</pre>
      <CopyButton text={text} label={label} />
    </div>
  );
}
