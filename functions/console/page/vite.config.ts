import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
  root: here,
  // the server puts its own path into the page's <base>: the same build works under any path
  base: './',
  plugins: [react()],
  build: {
    outDir: '../../../dist/console',
    emptyOutDir: true,
    target: 'es2023',
    // no script stands in the page itself, so that its policy needs no exception
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // which files each route loads, for the budget of their sizes
    manifest: 'manifest.json',
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_500,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // most views use them: they come with the first load, and no view waits for them
          groups: [{ name: 'kit', test: /@cloudscape-design\/components\/(internal|modal|select|table)\// }],
        },
      },
    },
  },
});
