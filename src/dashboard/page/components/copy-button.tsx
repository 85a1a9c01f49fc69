import { useEffect, useState } from 'preact/hooks';

/** Copies a text and shows whether it worked. */
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
  const outcomes = { copied: 'Copied', failed: 'Copying failed: select the text' };
  return (
    <button type="button" class="copy" onClick={copy} aria-live="polite">
      {outcome === undefined ? label : outcomes[outcome]}
    </button>
  );
}

/** A text with a button that copies it. */
export function Snippet({ text, label }: { text: string; label: string }) {
  return (
    <div class="snippet">
      <pre>{text}</pre>
      <CopyButton text={text} label={label} />
    </div>
  );
}
