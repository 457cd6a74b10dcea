import vue from '@vitejs/plugin-vue'
import AutoImport from 'unplugin-auto-import/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import Components from 'unplugin-vue-components/vite'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [
    vue(),
    AutoImport({ resolvers: [ElementPlusResolver()], dts: 'auto-imports.d.ts' }),
    Components({ dirs: [], resolvers: [ElementPlusResolver()], dts: 'components.d.ts' }),
  ],
  // Browsers of domestic desktops rest on older Chromium cores.
  build: { target: 'chrome87', cssTarget: 'chrome87', assetsDir: 'static', assetsInlineLimit: 0, chunkSizeWarningLimit: 1500 },
  server: { proxy: { '/api': 'http://127.0.0.1:8000', '/welcome.json': 'http://127.0.0.1:8000' } },
  test: { environment: 'happy-dom', testTimeout: 120_000, server: { deps: { inline: ['element-plus'] } } },
})
