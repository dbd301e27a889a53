import './finding-line.css';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { ReactNode } from 'react';

export type Level = 'error' | 'warning' | 'info' | 'success';

const WORDS: Readonly<Record<Level, string>> = {
  error: 'Problem',
  warning: 'Warning',
  info: 'Note',
  success: 'Fine',
};

/** A finding in words, with a sign for how much it matters. */
export const FindingLine = ({ level, children }: { readonly level: Level; readonly children: ReactNode }) => (
  <span className="finding-line">
    <StatusIndicator type={level} iconAriaLabel={WORDS[level]} />
    <span>{children}</span>
  </span>
);
