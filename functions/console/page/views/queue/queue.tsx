import { Page } from '../../parts/page.tsx';

export const QueueView = () => <Page title="Queue">{null}</Page>;
