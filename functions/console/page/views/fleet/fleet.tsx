import { Page } from '../../parts/page.tsx';

export const Fleet = () => <Page title="Fleet">{null}</Page>;
