import { Page } from '../../parts/page.tsx';

export const Compare = () => <Page title="Compare two reports">{null}</Page>;
