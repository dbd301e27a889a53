import { useEffect, useState } from 'react';
import type { Figures } from '../../api/schema.ts';
import { type Sample, sampleOf, samplesIn, withSample } from './samples.ts';

const keyOf = (migrationId: string): string => `tierferry.samples.${migrationId}`;

/** Samples of the migrations that this page has shown, so that going to another view and back loses none. */
const kept = new Map<string, readonly Sample[]>();

/** The samples of before a reload. They hold counts only, and end with the browser's tab. */
const saved = (migrationId: string): readonly Sample[] =>
  kept.get(migrationId) ?? samplesIn(sessionStorage.getItem(keyOf(migrationId)));

const save = (migrationId: string): void => {
  const samples = kept.get(migrationId);
  if (!samples) return;
  try {
    sessionStorage.setItem(keyOf(migrationId), JSON.stringify(samples));
  } catch {
    // the tab's storage is full: a reload begins the charts anew
  }
};

/** Collects the figures that a view reads into samples over time. They survive a reload of the page. */
export const useSamples = (migrationId: string, figures: Figures | undefined): readonly Sample[] => {
  const [samples, setSamples] = useState<readonly Sample[]>(() => saved(migrationId));
  useEffect(() => {
    if (!figures) return;
    const next = withSample(saved(migrationId), sampleOf(figures));
    kept.set(migrationId, next);
    setSamples(next);
  }, [migrationId, figures]);
  useEffect(() => {
    const onHide = () => save(migrationId);
    window.addEventListener('pagehide', onHide);
    return () => {
      window.removeEventListener('pagehide', onHide);
      save(migrationId);
    };
  }, [migrationId]);
  return samples;
};
