/** The mark: the flag of a parley, which is a P and a speech bubble at once. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 24 24" fill="none" aria-hidden="true" className={className}>
      <path d="M5 21.5v-19" stroke="currentColor" strokeWidth="2.75" strokeLinecap="round" />
      <path d="M7.5 2h7a6 6 0 0 1 0 12h-2.2l-3.4 3.2V14H7.5z" fill="var(--accent)" />
    </svg>
  );
}

export function Logo() {
  return (
    <span className="inline-flex items-center gap-2">
      <Mark className="size-6" />
      <span className="font-[680] text-[1.1875rem] tracking-[-0.03em]">Parley</span>
    </span>
  );
}
