import { Page } from '../../parts/page.tsx';

export const Thresholds = () => <Page title="Thresholds">{null}</Page>;
