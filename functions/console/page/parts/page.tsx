import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, useEffect, useRef } from 'react';
import { useLocation } from 'wouter';

interface PageProps {
  /** Names the view, in its heading and in the window's title. */
  readonly title: string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly info?: ReactNode;
  readonly children: ReactNode;
}

/** The frame of a view. After a change of view the heading has the focus, so that keyboard and screen reader begin there. */
export const Page = ({ title, description, actions, info, children }: PageProps) => {
  const frame = useRef<HTMLDivElement>(null);
  const [location] = useLocation();
  useEffect(() => {
    document.title = `${title} · Tierferry`;
  }, [title]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the focus moves when the view changes
  useEffect(() => {
    if (!isFirstView.done) {
      isFirstView.done = true;
      return;
    }
    const heading = frame.current?.querySelector('h1');
    heading?.setAttribute('tabindex', '-1');
    heading?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [location]);
  return (
    <div ref={frame} className="page">
      <SpaceBetween size="l">
        <Header variant="h1" description={description} actions={actions} info={info}>
          {title}
        </Header>
        {children}
      </SpaceBetween>
    </div>
  );
};

/** The view with which the page opens takes no focus: the browser begins at its top. */
const isFirstView = { done: false };
