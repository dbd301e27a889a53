import { useCallback, useState } from 'react';
import { type Draft, EMPTY_DRAFT, forgetDraft, keepDraft, readDraft } from './start-draft.ts';

interface DraftState {
  readonly draft: Draft;
  change(next: Partial<Draft>): void;
  /** Forgets what was typed, once it has been sent. */
  forget(): void;
}

/** The form of a tenant's start, kept in the window's storage while it is typed. */
export const useDraft = (tenantId: string): DraftState => {
  const [draft, setDraft] = useState(() => readDraft(sessionStorage, tenantId));
  const change = useCallback(
    (next: Partial<Draft>) =>
      setDraft((before) => {
        const changed = { ...before, ...next };
        keepDraft(sessionStorage, tenantId, changed);
        return changed;
      }),
    [tenantId],
  );
  const forget = useCallback(() => {
    forgetDraft(sessionStorage, tenantId);
    setDraft(EMPTY_DRAFT);
  }, [tenantId]);
  return { draft, change, forget };
};
